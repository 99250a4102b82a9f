import { useApp } from "../context.ts";
import { useFocus, useTypingAnywhere } from "../parts/focus.ts";
import { Header } from "../parts/header.tsx";
import { Icon } from "../parts/icon.tsx";
import { Money } from "../parts/money.tsx";
import { percentText } from "../words/languages.ts";

/** The sale is booked: its number, and what goes back to the customer. */
export function Done() {
  const { state, register, messages } = useApp();
  const next = useFocus<HTMLButtonElement>();
  // The next customer's first scan is the next sale's; not a digit of it is lost.
  useTypingAnywhere(() => register.putAway());
  const { ticket } = state;
  if (!ticket) return null;
  const { currency, totals } = ticket;
  return (
    <>
      <Header />
      <main class="centred">
        <article class="card done">
          <p class="done-sign">
            <Icon name="check" />
          </p>
          <h1>{messages.saleDone}</h1>
          <p class="hint">
            {messages.receipt} <bdi data-testid="receipt">{ticket.receipt.text}</bdi>
          </p>
          <p class={totals.change_minor > 0 ? "done-change" : "done-change none"}>
            <span>{messages.change}</span>
            <span data-testid="change">
              <Money amount={totals.change_minor} currency={currency} />
            </span>
          </p>
          <dl class="figures">
            <div>
              <dt>{messages.items(ticket.lines.length)}</dt>
              <dd>
                <Money amount={totals.lines_minor} currency={currency} />
              </dd>
            </div>
            {ticket.tax_lines.map((tax) => (
              <div key={`${tax.tax_id} ${tax.rate_ppm}`}>
                <dt>{messages.tax(percentText(tax.rate_ppm, state.language))}</dt>
                <dd>
                  <Money amount={tax.tax_minor} currency={currency} />
                </dd>
              </div>
            ))}
            {totals.duty_minor !== 0 && (
              <div>
                <dt>{messages.stampDuty}</dt>
                <dd data-testid="duty">
                  <Money amount={totals.duty_minor} currency={currency} />
                </dd>
              </div>
            )}
            {totals.cash_rounding_minor !== 0 && (
              <div>
                <dt>{messages.cashRounding}</dt>
                <dd>
                  <Money amount={totals.cash_rounding_minor} currency={currency} />
                </dd>
              </div>
            )}
            <div class="strong">
              <dt>{messages.total}</dt>
              <dd data-testid="paid">
                <Money amount={totals.payable_minor} currency={currency} />
              </dd>
            </div>
            {ticket.tenders.map((tender, index) => (
              <div key={index}>
                <dt>{tender.kind === "card" ? messages.card : messages.cash}</dt>
                <dd>
                  <Money amount={tender.amount_minor} currency={currency} />
                </dd>
              </div>
            ))}
          </dl>
          <button ref={next} type="button" class="primary" onClick={() => register.putAway()}>
            {messages.newSale}
          </button>
        </article>
      </main>
    </>
  );
}
