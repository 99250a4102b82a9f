import { useApp } from "../context.ts";
import { useFocus } from "../parts/focus.ts";
import { Header } from "../parts/header.tsx";
import { Money } from "../parts/money.tsx";
import { ReportFigures } from "../parts/report-figures.tsx";

/** The shift is closed: its numbered Z, and how the drawer came out. */
export function ZReport() {
  const { state, register, messages } = useApp();
  const next = useFocus<HTMLButtonElement>();
  const { z } = state;
  if (!z) return null;
  const difference = z.cash.over_short_minor ?? 0;
  return (
    <>
      <Header />
      <main class="centred">
        <article class="card done wide">
          <h1>{messages.closed}</h1>
          <p class="hint" data-testid="z-number">
            {messages.zNumber(z.z_number ?? 0)} · {messages.salesCount(z.sales_count)}
          </p>
          <p class={difference === 0 ? "done-change none" : "done-change"}>
            <span>{difference < 0 ? messages.short : messages.over}</span>
            <Money amount={Math.abs(difference)} currency={z.currency} />
          </p>
          <ReportFigures report={z} />
          <button
            ref={next}
            type="button"
            class="primary"
            onClick={() => register.putAway()}
          >
            {messages.nextShift}
          </button>
        </article>
      </main>
    </>
  );
}
