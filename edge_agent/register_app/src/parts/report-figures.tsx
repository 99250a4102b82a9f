import type { TillReport } from "../agent/wire.ts";
import { useApp } from "../context.ts";
import { percentText } from "../words/languages.ts";
import { Money } from "./money.tsx";

/** The figures that an X and a Z share. */
export function ReportFigures({ report }: { report: TillReport }) {
  const { state, messages } = useApp();
  const { currency, cash } = report;
  const row = (label: string, amount: number, strong = false) => (
    <div class={strong ? "strong" : ""}>
      <dt>{label}</dt>
      <dd>
        <Money amount={amount} currency={currency} />
      </dd>
    </div>
  );
  return (
    <div class="report">
      <dl class="figures">
        <div>
          <dt>{messages.businessDate}</dt>
          <dd>
            <bdi dir="ltr">{report.business_date}</bdi>
          </dd>
        </div>
        {row(messages.grossSales, report.gross_minor)}
        {report.returns_count > 0 && row(messages.returns, report.returns_minor)}
        {row(messages.netSales, report.net_minor, true)}
      </dl>
      {report.tenders.length > 0 && (
        <dl class="figures">
          {report.tenders.map((tender) =>
            row(named(tender.kind, messages.cash, messages.card), tender.amount_minor),
          )}
          {report.taxes.map((tax) =>
            row(messages.tax(percentText(tax.rate_ppm, state.language)), tax.tax_minor),
          )}
        </dl>
      )}
      <dl class="figures">
        {row(messages.float, cash.float_minor)}
        {row(messages.cashExpected, cash.expected_minor, true)}
        {cash.counted_minor !== null && row(messages.countedCash, cash.counted_minor)}
      </dl>
    </div>
  );
}

function named(kind: string, cash: string, card: string): string {
  if (kind === "cash") return cash;
  return kind === "card" ? card : kind;
}
