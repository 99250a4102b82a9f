import { useApp } from "../context.ts";
import { amountDigits, currencySymbol } from "../words/languages.ts";
import { LanguageSwitch } from "./language-switch.tsx";
import { Money } from "./money.tsx";

/** At the foot of every screen: is the agent there, is the office, what waits, what was sold. */
export function StatusStrip() {
  const { state, messages } = useApp();
  const { agentHere, sync, lastSale } = state;
  return (
    <footer class="strip">
      <div class="strip-states" aria-live="polite">
        {agentHere ? (
          <>
            <span class={sync?.connected ? "state good" : "state away"} data-testid="hub">
              {sync?.connected ? messages.hubHere : messages.hubAway}
            </span>
            {sync && (
              <span class="state-more" data-testid="debt">
                <Debt />
              </span>
            )}
          </>
        ) : (
          <span class="state bad">{messages.agentAway}</span>
        )}
        {lastSale && (
          <span class="state-more last-sale">
            <bdi>{lastSale.receipt}</bdi> ·{" "}
            <Money amount={lastSale.payable_minor} currency={lastSale.currency} />
          </span>
        )}
      </div>
      <LanguageSwitch />
    </footer>
  );
}

function Debt() {
  const { state, messages } = useApp();
  const { language, sync } = state;
  if (!sync || sync.debt.count === 0) return <>{messages.allSent}</>;
  const values = Object.entries(sync.debt.value_minor).map(
    ([currency, value]) =>
      `\u2066${amountDigits(BigInt(value), currency, language)}\u2069\u00a0` +
      currencySymbol(currency, language),
  );
  return <>{messages.waiting(sync.debt.count, values.join(" · "))}</>;
}
