import { useEffect, useState } from "preact/hooks";
import type { TillReport } from "../agent/wire.ts";
import { useApp } from "../context.ts";
import { AmountField } from "../parts/amount-field.tsx";
import { Header } from "../parts/header.tsx";
import { ReportFigures } from "../parts/report-figures.tsx";
import { parseAmount } from "../rules/currencies.ts";
import { finishedDecimal } from "../typing.ts";

/** The X of the open shift, and the count that closes it. */
export function Till() {
  const { state, register, messages } = useApp();
  const [report, setReport] = useState<TillReport | null>(null);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const { lastSale } = state;
  useEffect(() => void register.xReport().then(setReport), [lastSale]);

  const currency = state.shift?.currency ?? "";
  const counted = finishedDecimal(text);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (counted === null) return;
    setBusy(true);
    await register.closeShift(parseAmount(counted, currency));
    setBusy(false);
  };

  return (
    <>
      <Header />
      <main class="till-screen">
        <section class="card" aria-busy={report === null}>
          <header class="card-head">
            <h1>{messages.report}</h1>
            {report && <p class="hint">{messages.salesCount(report.sales_count)}</p>}
          </header>
          {report && <ReportFigures report={report} />}
          <button type="button" class="quiet" onClick={() => register.view("sell")}>
            {messages.sellOn}
          </button>
        </section>
        <form class="card" onSubmit={(event) => void submit(event)}>
          <AmountField
            id="counted-cash"
            label={messages.countedCash}
            text={text}
            currency={currency}
            onText={setText}
          />
          <button class="primary danger" type="submit" disabled={busy || counted === null}>
            {messages.closeShift}
          </button>
        </form>
      </main>
    </>
  );
}
