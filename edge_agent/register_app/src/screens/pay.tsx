import { useState } from "preact/hooks";
import { useApp } from "../context.ts";
import { AmountField } from "../parts/amount-field.tsx";
import { useFocus } from "../parts/focus.ts";
import { Header } from "../parts/header.tsx";
import { Icon } from "../parts/icon.tsx";
import { Money } from "../parts/money.tsx";
import { payable, type Quote, settlement } from "../rules/basket.ts";
import { cashSuggestions, isPlausibleChange, parseAmount } from "../rules/currencies.ts";
import { CASH } from "../rules/figures.ts";
import { finishedDecimal } from "../typing.ts";

const CARD = "card";

export function Pay() {
  const { state, register, messages } = useApp();
  const [kind, setKind] = useState(CASH);
  const quote = register.quote();
  const { shift } = state;
  if (!quote || !shift) return null;
  const { currency } = shift;
  return (
    <>
      <Header />
      <main class="pay-screen">
        <section class="card pay-due">
          <button type="button" class="quiet" onClick={() => register.view("sell")}>
            {messages.back}
          </button>
          <p class="due" data-testid="payable">
            <span>{messages.amountDue}</span>
            <Money amount={payable(quote, kind)} currency={currency} />
          </p>
          <p class={kind === CASH && quote.cashRounding !== 0n ? "sum-line" : "sum-line unseen"}>
            <span>{messages.cashRounding}</span>
            <Money amount={quote.cashRounding} currency={currency} />
          </p>
          <div class="kinds" role="group" aria-label={messages.payWith}>
            {[CASH, CARD].map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={one === kind}
                disabled={one === CARD && quote.goods.due === 0n}
                onClick={() => setKind(one)}
              >
                {one === CASH ? messages.cash : messages.card}
              </button>
            ))}
          </div>
        </section>
        {kind === CASH ? <Cash quote={quote} /> : <Card quote={quote} />}
      </main>
    </>
  );
}

function Cash({ quote }: { quote: Quote }) {
  const { state, register, messages } = useApp();
  const [text, setText] = useState("");
  const { currency = "", business_date = "" } = state.shift ?? {};
  const due = quote.cashPayable;
  const given = finishedDecimal(text);
  const tender = { kind: CASH, amount: given === null ? due : parseAmount(given, currency) };
  const computed = settlement(quote, tender, currency, business_date);
  const absurd = computed !== null && !isPlausibleChange(computed.change, currency);
  const settled = absurd ? null : computed;
  const take = (amount: bigint): void => void register.pay({ kind: CASH, amount });
  return (
    <form
      class="card pay-how"
      onSubmit={(event) => {
        event.preventDefault();
        if (settled) take(tender.amount);
      }}
    >
      <div class="suggestions">
        <button type="button" class="exact" onClick={() => take(due)}>
          {messages.exact}
        </button>
        {cashSuggestions(due, currency).map((amount) => (
          <button key={amount.toString()} type="button" onClick={() => take(amount)}>
            <Money amount={amount} currency={currency} />
          </button>
        ))}
      </div>
      <AmountField
        id="cash-received"
        label={messages.amountReceived}
        text={text}
        currency={currency}
        onText={setText}
      />
      <p class="change-preview" aria-live="polite">
        <span>{messages.change}</span>
        {settled ? (
          <Money amount={settled.change} currency={currency} />
        ) : (
          <span>{absurd ? messages.checkAmount : "—"}</span>
        )}
      </p>
      <button class="primary" type="submit" disabled={!settled}>
        <Icon name="check" />
        {messages.pay}
      </button>
    </form>
  );
}

function Card({ quote }: { quote: Quote }) {
  const { state, register, messages } = useApp();
  const confirm = useFocus<HTMLButtonElement>();
  return (
    <form
      class="card pay-how by-card"
      onSubmit={(event) => {
        event.preventDefault();
        void register.pay({ kind: CARD, amount: quote.goods.due });
      }}
    >
      <p class="due">
        <span>{messages.card}</span>
        <Money amount={quote.goods.due} currency={state.shift?.currency ?? ""} />
      </p>
      <button class="primary" type="submit" ref={confirm}>
        <Icon name="check" />
        {messages.pay}
      </button>
    </form>
  );
}
