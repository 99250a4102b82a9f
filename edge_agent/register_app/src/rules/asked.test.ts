import { describe, expect, test } from "vitest";
import cash from "../../../../protocol/vectors/checkout_cash.json";
import duty from "../../../../protocol/vectors/checkout_duty.json";
import made from "../../../../protocol/vectors/checkout_made.json";
import prices from "../../../../protocol/vectors/checkout_prices.json";
import promotions from "../../../../protocol/vectors/checkout_promotions.json";
import tax from "../../../../protocol/vectors/checkout_tax.json";
import { answer, type Question } from "../testing/answers.ts";

describe.each(Object.entries({ cash, duty, made, prices, promotions, tax }))("%s", (_, document) => {
  const vectors = document.vectors as { name: string; question: unknown; answer: unknown }[];
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    expect(answer(vector.question as Question)).toEqual(vector.answer);
  });
});
