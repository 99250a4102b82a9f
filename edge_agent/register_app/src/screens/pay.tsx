import { useState } from "preact/hooks";
import { useApp } from "../context.ts";
import { AmountField } from "../parts/amount-field.tsx";
import { useFocus } from "../parts/focus.ts";
import { Header } from "../parts/header.tsx";
import { Icon } from "../parts/icon.tsx";
import { Money } from "../parts/money.tsx";
import { payable, settlement } from "../rules/basket.ts";
import { cashSuggestions, isPlausibleChange, parseAmount } from "../rules/currencies.ts";
import { CASH } from "../rules/figures.ts";
import type { ShownFigures } from "../rules/quoted.ts";
import { finishedDecimal } from "../typing.ts";

const CARD = "card";

export function Pay() {
  const { state, register, messages } = useApp();
  const [kind, setKind] = useState(CASH);
  const figures = register.figures();
  const { shift } = state;
  if (!figures || !shift) return null;
  const { quote } = figures;
  const { currency } = shift;
  return (
    <>
      <Header />
      <main class="pay-screen">
        <section class="card pay-due">
          <button type="button" class="quiet" onClick={() => register.view("sell")}>
            {messages.back}
          </button>
          <p class="due" data-testid="payable" aria-busy={!figures.isCurrent}>
            <span>{messages.amountDue}</span>
            <Money amount={payable(quote, kind)} currency={currency} />
          </p>
          <p
            class={kind === CASH && quote.cashDuty !== 0n ? "sum-line" : "sum-line unseen"}
            data-testid="duty"
          >
            <span>{messages.stampDuty}</span>
            <Money amount={quote.cashDuty} currency={currency} />
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
        {kind === CASH ? <Cash figures={figures} /> : <Card figures={figures} />}
      </main>
    </>
  );
}

function Cash({ figures: { quote, isCurrent } }: { figures: ShownFigures }) {
  const { state, register, messages } = useApp();
  const [text, setText] = useState("");
  const { currency = "" } = state.shift ?? {};
  const due = quote.cashPayable;
  const given = finishedDecimal(text);
  const tender = { kind: CASH, amount: given === null ? due : parseAmount(given, currency) };
  const computed = settlement(quote, tender);
  const absurd = computed !== null && !isPlausibleChange(computed.change, currency);
  const settled = absurd ? null : computed;
  const take = (amount: bigint): void => void register.pay({ kind: CASH, amount });
  return (
    <form
      class="card pay-how"
      onSubmit={(event) => {
        event.preventDefault();
        if (settled && isCurrent) take(tender.amount);
      }}
    >
      <div class="suggestions">
        <button type="button" class="exact" disabled={!isCurrent} onClick={() => take(due)}>
          {messages.exact}
        </button>
        {cashSuggestions(due, currency).map((amount) => (
          <button
            key={amount.toString()}
            type="button"
            disabled={!isCurrent}
            onClick={() => take(amount)}
          >
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
      <button class="primary" type="submit" disabled={!settled || !isCurrent}>
        <Icon name="check" />
        {messages.pay}
      </button>
    </form>
  );
}

function Card({ figures: { quote, isCurrent } }: { figures: ShownFigures }) {
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
      <button class="primary" type="submit" ref={confirm} disabled={!isCurrent}>
        <Icon name="check" />
        {messages.pay}
      </button>
    </form>
  );
}
