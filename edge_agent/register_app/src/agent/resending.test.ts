import { expect, test } from "vitest";
import { Problem, Unanswered } from "./problem.ts";
import { untilAnswered } from "./resending.ts";

/** Asks that end as listed, one after the other; and what was paused in between. */
async function asked(ends: readonly unknown[]) {
  const left = [...ends];
  const pauses: number[] = [];
  const silences: number[] = [];
  const answer = untilAnswered(
    async () => {
      const end = left.shift();
      if (end instanceof Error) throw end;
      return end;
    },
    (times) => silences.push(times),
    async (ms) => void pauses.push(ms),
  );
  return { answer: await answer.catch((error: unknown) => error), pauses, silences, left };
}

test("silence is asked again, after growing pauses, until there is an answer", async () => {
  const ends = [...Array.from({ length: 8 }, () => new Unanswered()), "ticket"];
  const { answer, pauses, silences } = await asked(ends);
  expect(answer).toBe("ticket");
  expect(pauses).toEqual([400, 800, 1_600, 3_200, 6_400, 8_000, 8_000, 8_000]);
  expect(silences).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("an overload and a breakdown are asked again, when the agent says", async () => {
  const { answer, pauses } = await asked([
    new Problem(503, "busy", "", 1),
    new Problem(429, "too-many-attempts", "", 60),
    new Problem(500, "internal-error", ""),
    "ticket",
  ]);
  expect(answer).toBe("ticket");
  expect(pauses).toEqual([1_000, 8_000, 1_600]);
});

test("a refusal is an answer", async () => {
  for (const status of [401, 404, 409, 422]) {
    const refusal = new Problem(status, "refused", "No.");
    const { answer, pauses, left } = await asked([refusal, "never asked"]);
    expect(answer).toBe(refusal);
    expect(pauses).toEqual([]);
    expect(left).toEqual(["never asked"]);
  }
});

test("a bug of ours is no silence", async () => {
  const bug = new TypeError("ours");
  expect((await asked([bug])).answer).toBe(bug);
});
