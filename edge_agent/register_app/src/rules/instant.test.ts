import { expect, test } from "vitest";
import { faultOf } from "../testing/vectors.ts";
import { instantOf } from "./instant.ts";

test("an instant is exact to the microsecond, in any zone", () => {
  expect(instantOf("1970-01-01T00:00:00Z")).toBe(0n);
  expect(instantOf("1970-01-01T01:00:00.000001+01:00")).toBe(1n);
  expect(instantOf("1969-12-31T23:59:59.999999Z")).toBe(-1n);
  expect(instantOf("2026-11-23 12:00:00.5Z")).toBe(1_795_435_200_500_000n);
});

test("an instant without a zone is none", () => {
  expect(faultOf(() => instantOf("2026-11-23T12:00:00")).code).toBe("instant-without-zone");
});
