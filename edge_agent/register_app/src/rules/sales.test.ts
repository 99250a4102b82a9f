import { describe, expect, test } from "vitest";
import returns from "../../../../protocol/vectors/checkout_returns.json";
import sales from "../../../../protocol/vectors/checkout_sales.json";
import { answer, type Question } from "../testing/answers.ts";

interface Shown {
  name: string;
  figures?: object;
  quote?: object;
  error?: { code: string; fields?: string[] };
}

function holds(vector: Shown, question: Question): void {
  if (!vector.error) {
    expect(answer(question)).toEqual(vector.figures);
    return;
  }
  const { code, fields } = vector.error;
  const error = { code, ...(fields ? { fields } : { fields: expect.anything() }) };
  expect(answer(question)).toEqual({ error });
}

describe("sales", () => {
  const vectors = sales.vectors as unknown as (Shown & Question)[];
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    holds(vector, { ...vector, of: "sale" } as Question);
    if (vector.quote) {
      expect(answer({ ...vector, of: "quote" } as Question)).toMatchObject(vector.quote);
    }
  });
});

describe("returns", () => {
  const vectors = returns.vectors as unknown as (Shown & Question)[];
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    holds(vector, { ...vector, of: "return" } as Question);
    if (vector.quote) {
      expect(answer({ ...vector, of: "return-quote" } as Question)).toMatchObject(vector.quote);
    }
  });
});
