/** Which tax a line bears on a day: dated rates, the seller's regime, a customer's exemption. */
import { inForce } from "./dated.ts";
import { Fault } from "./fault.ts";
import { PPM, type TaxKey } from "./figures.ts";
import { type Minor, roundHalfAway } from "./money.ts";

export type RegimeKind = "reel" | "ifu";

/** `exempt`: not taxed by law; the rate is 0 then. */
export interface RatePoint {
  readonly validFrom: string;
  readonly ratePpm: bigint;
  readonly exempt: boolean;
}

export interface RegimePoint {
  readonly validFrom: string;
  readonly kind: RegimeKind;
}

/** The regime of a day, "reel" where none is stated at all. Fault: `no-regime-on-day`. */
export function regimeOn(regimes: readonly RegimePoint[], on: string): RegimeKind {
  if (regimes.length === 0) return "reel";
  const found = inForce(regimes, on);
  if (!found) throw new Fault("no-regime-on-day", ["regimes"]);
  return found.kind;
}

/** What a line of that tax is charged on that day. Fault: `no-tax-rate-on-day`. */
export function lineTax(
  taxId: string,
  schedule: readonly RatePoint[],
  given: { readonly on: string; readonly regime: RegimeKind; readonly exemptCustomer: boolean },
): TaxKey {
  if (given.regime === "ifu") return { taxId, ratePpm: 0n, treatment: "outside" };
  const rate = inForce(schedule, given.on);
  if (!rate) throw new Fault("no-tax-rate-on-day", ["tax_id"]);
  if (rate.exempt || given.exemptCustomer) return { taxId, ratePpm: 0n, treatment: "exempt" };
  return { taxId, ratePpm: rate.ratePpm, treatment: "taxed" };
}

/** The price without the tax that it includes: what an exempt customer pays. */
export function withoutTax(unitPrice: Minor, ratePpm: bigint): Minor {
  return unitPrice - roundHalfAway(unitPrice * ratePpm, PPM + ratePpm);
}
