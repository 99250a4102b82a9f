import vectors from "../../../../protocol/vectors/money.json";
import { allocate, multiply, roundHalfAway } from "./money.ts";
import { holds } from "../testing/vectors.ts";

holds<{ numerator: string; denominator: string }>(
  "round_half_away",
  vectors.round_half_away,
  ({ numerator, denominator }) => roundHalfAway(BigInt(numerator), BigInt(denominator)).toString(),
);
holds<{ quantity: string; unit_price_minor: number }>(
  "multiply",
  vectors.multiply,
  ({ quantity, unit_price_minor }) => Number(multiply(quantity, BigInt(unit_price_minor))),
);
holds<{ total_minor: number; weights: number[] }>(
  "allocate",
  vectors.allocate,
  ({ total_minor, weights }) => allocate(BigInt(total_minor), weights.map(BigInt)).map(Number),
);
