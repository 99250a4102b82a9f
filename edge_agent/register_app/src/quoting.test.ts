import { beforeEach, expect, test, vi } from "vitest";
import { AgentApi } from "./agent/api.ts";
import { Register } from "./register.ts";
import { restore, screenOf, Store } from "./state.ts";
import { MILK, quoteOf, SHIFT, ticket } from "./testing/shop.ts";
import { memoryStorage } from "./testing/storage.ts";

/** An agent whose quotes are answered by hand, in whatever order. */
class QuotingAgent {
  readonly asked: { body: Record<string, unknown>; answer: (quote: object | null) => void }[] = [];
  readonly sales: Record<string, unknown>[] = [];
  saleAnswer: Response = Response.json(ticket("any"));

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const body = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    if (String(input) === "/v1/sales") {
      this.sales.push(body);
      return this.saleAnswer.clone();
    }
    if (String(input) === `/v1/products/${MILK.id}`) return Response.json(MILK);
    if (String(input) === "/v1/shifts/current") return Response.json(SHIFT);
    if (String(input) !== "/v1/quotes") throw new TypeError("Failed to fetch");
    return new Promise((resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      this.asked.push({
        body,
        answer: (quote) =>
          quote ? resolve(Response.json(quote)) : reject(new TypeError("Failed to fetch")),
      });
    });
  };

  /** The question that is asked as the nth. */
  async question(nth: number): Promise<QuotingAgent["asked"][number]> {
    await vi.waitFor(() => expect(this.asked.length).toBeGreaterThanOrEqual(nth));
    return this.asked[nth - 1]!;
  }
}

let agent: QuotingAgent;
let store: Store;
let register: Register;

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 50 });
  agent = new QuotingAgent();
  store = new Store(restore({ lasting: memoryStorage(), session: memoryStorage() }, ["fr-DZ"]));
  register = new Register(store, new AgentApi(() => "fr", agent.fetch));
  const staff = { id: "s", name: "Amine", roles: ["cashier"] };
  const signIn = { token: "token", expires_at: "2026-11-23T20:00:00Z", staff };
  const meta = { store: { name: "El Bahdja", currency: "DZD" } };
  store.update({ pairing: { tablet_id: "t", tablet_token: "t", register: { id: "r", name: "C", code: "R1" } }, signIn, meta, shift: SHIFT });
  return () => vi.useRealTimers();
});

test("a sale is sold at the agent's figures: its price, its promotion, its duty", async () => {
  register.put(MILK);
  const { body, answer } = await agent.question(1);
  expect(body["lines"]).toEqual([{ line_no: 1, product_id: MILK.id, quantity: "1" }]);
  answer(quoteOf({ unitPrice: 12_000, promotion: 2_000, duty: 500 }));
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  const figures = register.figures()!;
  expect(figures.quote).toMatchObject({ cashDuty: 500n, cashPayable: 10_500n });
  expect(figures.quote.goods.due).toBe(10_000n);
  expect(figures.reductions.get(1)).toEqual([
    { id: "p1", names: { fr: "Lait en fête" }, amount: 2_000n },
  ]);
  await register.pay({ kind: "cash", amount: 11_000n });
  expect(screenOf(store.state)).toBe("done");
  expect(agent.sales).toEqual([
    expect.objectContaining({
      rung_at: body["rung_at"],
      lines: [expect.objectContaining({ unit_price_minor: 12_000, amount_minor: 10_000 })],
      totals: { payable_minor: 10_500, change_minor: 500 },
    }),
  ]);
});

test("by card no duty is paid", async () => {
  register.put(MILK);
  (await agent.question(1)).answer(quoteOf({ unitPrice: 12_000, promotion: 2_000, duty: 500 }));
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  await register.pay({ kind: "card", amount: 10_000n });
  expect(agent.sales[0]).toMatchObject({ totals: { payable_minor: 10_000, change_minor: 0 } });
});

test("nothing is paid on figures of an earlier basket", async () => {
  register.put(MILK);
  (await agent.question(1)).answer(quoteOf({ unitPrice: 12_000 }));
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  register.put(MILK);
  expect(register.figures()?.isCurrent).toBe(false);
  await register.pay({ kind: "cash", amount: 50_000n });
  expect(agent.sales).toEqual([]);
});

test("the newest answer wins, and fast hands ask once", async () => {
  register.put(MILK);
  const first = await agent.question(1);
  register.put(MILK);
  register.put(MILK);
  const second = await agent.question(2);
  expect(second.body["lines"]).toMatchObject([{ quantity: "3" }]);
  second.answer(quoteOf({ unitPrice: 12_000, pieces: 3 }));
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  first.answer(quoteOf({ unitPrice: 12_000 }));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(register.figures()?.quote.goods.due).toBe(36_000n);
  expect(agent.asked).toHaveLength(2);
});

test("while nobody answers the tablet reckons itself", async () => {
  register.put(MILK);
  (await agent.question(1)).answer(null);
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  expect(register.figures()?.quote.goods.due).toBe(12_030n);
  await register.pay({ kind: "cash", amount: 12_000n });
  expect(agent.sales[0]).toMatchObject({ totals: { payable_minor: 12_000, change_minor: 0 } });
});

test("an answer that does not come is not waited for", async () => {
  register.put(MILK);
  await agent.question(1);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(register.figures()).toMatchObject({ isCurrent: true, quote: { goods: { due: 12_030n } } });
});

test("a refused sale is asked for anew", async () => {
  register.put(MILK);
  (await agent.question(1)).answer(quoteOf({ unitPrice: 12_000 }));
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  agent.saleAnswer = Response.json({ code: "wrong-totals", detail: "12" }, { status: 422 });
  await register.pay({ kind: "cash", amount: 12_000n });
  expect(register.figures()?.isCurrent).toBe(false);
  (await agent.question(2)).answer(quoteOf({ unitPrice: 13_000 }));
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  expect(register.figures()?.quote.goods.due).toBe(13_000n);
});
