import { expect, test } from "vitest";
import vectors from "../../../../protocol/vectors/uuid7.json";
import { holds } from "../testing/vectors.ts";
import { newId, uuid7 } from "./uuid7.ts";

holds<{ time_ms: number; random_bits: string }>(
  "uuid7",
  vectors.uuid7,
  ({ time_ms, random_bits }) => uuid7(BigInt(time_ms), BigInt(`0x${random_bits}`)),
);

test("new ids are of version 7, variant 10, of now, and differ", () => {
  const before = Date.now();
  const ids = Array.from({ length: 1000 }, newId);
  const after = Date.now();
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(after);
  }
});
