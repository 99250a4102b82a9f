import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../context.ts";
import { Icon } from "./icon.tsx";
import { LineRow } from "./line-row.tsx";
import { Money } from "./money.tsx";

/** What is in the basket, what it comes to, and the way to pay. */
export function BasketPanel() {
  const { state, register, messages } = useApp();
  const { lines, shift } = state;
  const figures = register.figures();
  const quote = figures?.quote;
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector(".touched")?.scrollIntoView({ block: "nearest" });
  }, [lines]);

  const currency = shift?.currency ?? "";
  const amounts = new Map(quote?.goods.lines.map((line) => [line.lineNo, line.amount]));
  return (
    <section class="basket" aria-label={messages.basket}>
      <header class="basket-head">
        <h2>{messages.basket}</h2>
        {lines.length > 0 && (
          <>
            <span class="hint">{messages.items(lines.length)}</span>
            <button type="button" class="bare small" onClick={() => register.empty()}>
              <Icon name="bin" />
              {messages.clear}
            </button>
          </>
        )}
      </header>
      {lines.length === 0 ? (
        <div class="basket-empty">
          <Icon name="basket" />
          <p>{messages.basketEmpty}</p>
        </div>
      ) : (
        <ul class="lines" ref={list}>
          {lines.map((line) => (
            <LineRow
              key={line.lineNo}
              line={line}
              amount={amounts.get(line.lineNo)}
              unitPrice={figures?.unitPrices.get(line.lineNo)}
              reductions={figures?.reductions.get(line.lineNo)}
              currency={currency}
            />
          ))}
        </ul>
      )}
      <footer class="basket-foot">
        {quote && quote.goods.addedTax > 0n && (
          <p class="sum-line">
            <span>{messages.taxes}</span>
            <Money amount={quote.goods.addedTax} currency={currency} />
          </p>
        )}
        <p class="total" data-testid="total" aria-live="polite" aria-busy={!!figures && !figures.isCurrent}>
          <span>{messages.total}</span>
          <Money amount={quote?.goods.due ?? 0n} currency={currency} />
        </p>
        <button
          type="button"
          class="primary pay"
          disabled={!quote}
          onClick={() => register.view("pay")}
        >
          {messages.pay}
        </button>
      </footer>
    </section>
  );
}
