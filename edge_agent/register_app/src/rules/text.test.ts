import { expect, test } from "vitest";
import { compareText, isPadded, lengthOf } from "./text.ts";

test("texts stand by code points, not by the halves of surrogate pairs", () => {
  const rising = ["", "a", "ab", "b", "é", "\uffee", "\u{1f600}", "\u{1f600}a", "\u{1f601}"];
  expect([...rising].reverse().sort(compareText)).toEqual(rising);
  expect(compareText("a", "a")).toBe(0);
});

test("a character beyond the basic plane is one", () => {
  expect(lengthOf("\u{1f600}é")).toBe(2);
});

test("space at an edge is what Python takes off", () => {
  for (const space of [" ", "\t", "\n", "\x1c", "\x1f", "\x85", "\xa0", "\u2003", "\u3000"]) {
    expect([isPadded(`x${space}`), isPadded(`${space}x`), isPadded(`x${space}x`)]).toEqual([
      true,
      true,
      false,
    ]);
  }
  for (const other of ["\ufeff", "\u200b", "\x1b", "\x7f"]) expect(isPadded(`x${other}`)).toBe(false);
});
