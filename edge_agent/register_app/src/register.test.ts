import { beforeEach, expect, test, vi } from "vitest";
import { AgentApi } from "./agent/api.ts";
import { Register } from "./register.ts";
import type { Tender } from "./rules/figures.ts";
import { keep, restore, screenOf, Store } from "./state.ts";
import { DATES, MILK, SHIFT, ticket } from "./testing/shop.ts";
import { memoryStorage } from "./testing/storage.ts";

type Answer = object | number | "silence";

const PAIRING = {
  tablet_id: "t",
  tablet_token: "tablet",
  register: { id: "r", name: "Caisse 1", code: "R1" },
};
const SIGN_IN = {
  token: "token",
  expires_at: "2026-11-23T20:00:00Z",
  staff: { id: "s", name: "Amine", roles: ["cashier"] },
};

/** An agent that answers by "METHOD /path"; a list is used up, its last answer stays. */
class FakeAgent {
  readonly requests: { what: string; body: Record<string, unknown> | null }[] = [];
  readonly answers: Record<string, Answer[]> = {
    "GET /v1/meta": [{ store: { name: "El Bahdja", currency: "DZD" } }],
    "GET /v1/sync": [{ connected: true, debt: { count: 0, value_minor: {}, oldest_age_s: null } }],
    "GET /v1/events": ["silence"],
    "GET /v1/shifts/current": [SHIFT],
    "POST /v1/sign-ins": [SIGN_IN],
    [`GET /v1/products/${MILK.id}`]: [MILK],
  };

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const [path = ""] = String(input).split("?");
    const what = `${init?.method ?? "GET"} ${path}`;
    const body = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    this.requests.push({ what, body });
    const answers = this.answers[what] ?? [404];
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer === "silence") throw new TypeError("Failed to fetch");
    if (typeof answer !== "number") return Response.json(answer, { status: 200 });
    const problem = { code: `code-${answer}`, detail: `detail ${answer}` };
    return Response.json(problem, { status: answer });
  };

  sales(): (Record<string, unknown> | null)[] {
    return this.requests.filter(({ what }) => what === "POST /v1/sales").map(({ body }) => body);
  }
}

let agent: FakeAgent;
let storages: { lasting: Storage; session: Storage };

/** A page as it is after opening or reloading. */
function openPage(): { store: Store; register: Register } {
  const store = new Store(restore(storages, ["fr-DZ"]), (before, after) =>
    keep(storages, before, after),
  );
  const register = new Register(store, new AgentApi(() => store.state.language, agent.fetch));
  return { store, register };
}

/** A page that is ready to sell. */
async function ready(): Promise<{ store: Store; register: Register }> {
  const page = openPage();
  page.store.update({ pairing: PAIRING });
  await page.register.start();
  if (!page.store.state.signIn) await page.register.signIn("2468");
  await vi.waitFor(() => expect(page.store.state.shift).toBeTruthy());
  return page;
}

/** Pay as soon as the basket's figures are there. */
async function pay(register: Register, tender: Tender): Promise<void> {
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  await register.pay(tender);
}

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 200 });
  agent = new FakeAgent();
  storages = { lasting: memoryStorage(), session: memoryStorage() };
  return () => vi.useRealTimers();
});

test("a sale is paid, booked and put away", async () => {
  const { store, register } = await ready();
  expect(screenOf(store.state)).toBe("sell");
  register.put(MILK, "6130093011426");
  register.put(MILK);
  agent.answers["POST /v1/sales"] = [ticket("any")];
  await pay(register, { kind: "cash", amount: 50_000n });
  expect(screenOf(store.state)).toBe("done");
  expect(store.state.lines).toEqual([]);
  expect(agent.sales()).toHaveLength(1);
  expect(agent.sales()[0]).toMatchObject({
    mode: "live",
    shift_id: SHIFT.id,
    totals: { payable_minor: 24_000, change_minor: 26_000 },
  });
  register.putAway();
  expect(screenOf(store.state)).toBe("sell");
});

test("a sale whose answer is lost is sent again as it was", async () => {
  const { store, register } = await ready();
  register.put(MILK);
  agent.answers["POST /v1/sales"] = ["silence", 503, 500, ticket("any")];
  await pay(register, { kind: "cash", amount: 12_000n });
  const sales = agent.sales();
  expect(sales).toHaveLength(4);
  expect(new Set(sales.map((sale) => JSON.stringify(sale))).size).toBe(1);
  expect(screenOf(store.state)).toBe("done");
});

test("an unanswered sale outlives the page and is sent again by the next one", async () => {
  const first = await ready();
  first.register.put(MILK);
  agent.answers["POST /v1/sales"] = ["silence"];
  void pay(first.register, { kind: "cash", amount: 12_000n });
  await vi.waitFor(() => expect(agent.sales().length).toBeGreaterThan(0));
  const [sent] = agent.sales();

  const second = openPage();
  expect(screenOf(second.store.state)).toBe("sending");
  agent.answers["POST /v1/sales"] = [ticket("any")];
  await second.register.start();
  await vi.waitFor(() => expect(screenOf(second.store.state)).toBe("done"));
  expect(agent.sales().at(-1)).toEqual(sent);
  expect(restore(storages, []).sending).toBeNull();
  expect(restore(storages, []).lines).toEqual([]);
});

test("a close whose answer is lost is asked again and shows its Z", async () => {
  const { store, register } = await ready();
  const z = { z_number: 7, sales_count: 1, currency: "DZD", cash: { over_short_minor: -500 } };
  agent.answers[`POST /v1/shifts/${SHIFT.id}/close`] = ["silence", z];
  await register.closeShift(10_000n);
  expect(store.state.z).toMatchObject(z);
  expect(store.state.notice).toBeNull();
  expect(screenOf(store.state)).toBe("z");
});

test("the notice that nobody answers goes when somebody does", async () => {
  const { store, register } = await ready();
  agent.answers["GET /v1/shifts/current/x"] = ["silence"];
  await register.xReport();
  expect(store.state.notice).toEqual({ key: "unanswered" });
  await register.start();
  expect(store.state.notice).toBeNull();
});

test("an unanswered sale waits for the next sign-in", async () => {
  const { store, register } = await ready();
  register.put(MILK);
  agent.answers["POST /v1/sales"] = [401, ticket("any")];
  await pay(register, { kind: "cash", amount: 12_000n });
  expect(screenOf(store.state)).toBe("signIn");
  expect(store.state.sending).not.toBeNull();
  await register.signIn("2468");
  await vi.waitFor(() => expect(screenOf(store.state)).toBe("done"));
  const [before, after] = agent.sales();
  expect(after).toEqual(before);
});

test("an unanswered sale outlives the pairing, and the basket with it", async () => {
  const { store, register } = await ready();
  register.put(MILK);
  agent.answers["POST /v1/sales"] = [401, ticket("any")];
  await pay(register, { kind: "cash", amount: 12_000n });
  const [sent] = agent.sales();
  register.unpair();
  expect(screenOf(store.state)).toBe("pairing");
  expect(restore(storages, []).sending).toEqual(sent);
  expect(restore(storages, []).lines).toHaveLength(1);
  agent.answers["POST /v1/pairings"] = [PAIRING];
  await register.pair("SECRET", "Tablet");
  await register.signIn("2468");
  await vi.waitFor(() => expect(screenOf(store.state)).toBe("done"));
  expect(agent.sales()[1]).toEqual(sent);
  expect(store.state.lines).toEqual([]);
});

test("a pairing that is given up takes its basket along", async () => {
  const { store, register } = await ready();
  register.put(MILK);
  register.unpair();
  expect(screenOf(store.state)).toBe("pairing");
  expect(store.state.lines).toEqual([]);
});

test("a refused sale leaves the basket, at the prices of now", async () => {
  const { store, register } = await ready();
  register.put(MILK);
  register.put(DATES);
  agent.answers["POST /v1/sales"] = [422];
  agent.answers[`GET /v1/products/${MILK.id}`] = [{ ...MILK, unit_price_minor: 13_000 }];
  await pay(register, { kind: "cash", amount: 200_000n });
  expect(screenOf(store.state)).toBe("sell");
  expect(store.state.sending).toBeNull();
  // The dates are gone (404), the milk is dearer.
  expect(store.state.lines.map((line) => line.offer.unitPriceMinor)).toEqual([13_000]);
  expect(store.state.notice).toEqual({ key: "productGone" });
});

test("the agent's sentence is shown where we have none", async () => {
  const { store, register } = await ready();
  register.put(MILK);
  agent.answers["POST /v1/sales"] = [409];
  await pay(register, { kind: "cash", amount: 12_000n });
  expect(store.state.notice).toEqual({ text: "detail 409" });
  expect(store.state.lines).toHaveLength(1);
});

test("two taps on pay are one sale", async () => {
  const { register } = await ready();
  register.put(MILK);
  agent.answers["POST /v1/sales"] = [ticket("any")];
  const tender = { kind: "cash", amount: 12_000n };
  await vi.waitFor(() => expect(register.figures()?.isCurrent).toBe(true));
  await Promise.all([register.pay(tender), register.pay(tender)]);
  expect(agent.sales()).toHaveLength(1);
});

test("a short tender is not sent", async () => {
  const { register } = await ready();
  register.put(MILK);
  await pay(register, { kind: "cash", amount: 11_500n });
  expect(agent.sales()).toEqual([]);
});

test("the basket outlives a reload, the sign-in only within the tab", async () => {
  const { register } = await ready();
  register.put(MILK);
  register.put(DATES);
  register.setQuantity(2, "0,75");
  expect(restore(storages, []).lines.map((line) => line.quantity)).toEqual(["1", "0.75"]);
  expect(restore(storages, []).signIn).toEqual(SIGN_IN);
  storages.session.clear();
  expect(screenOf(restore(storages, []))).toBe("signIn");
});

test("torn storage begins empty instead of failing", () => {
  storages.lasting.setItem("hanout.sale", '{"lines":[{');
  expect(restore(storages, []).lines).toEqual([]);
  expect(storages.lasting.getItem("hanout.sale")).toBeNull();
});

test("a code goes into the basket, words only if they fit one product", async () => {
  const { store, register } = await ready();
  agent.answers["GET /v1/products"] = [{ items: [MILK] }];
  expect(await register.enterText("6130093011426")).toBeNull();
  expect(store.state.lines[0]?.code).toBe("6130093011426");
  agent.answers["GET /v1/products"] = [404, { items: [MILK, DATES] }];
  expect(await register.enterText("la")).toEqual([MILK, DATES]);
  agent.answers["GET /v1/products"] = [404, { items: [] }];
  expect(await register.enterText("xyz")).toEqual([]);
  expect(store.state.notice).toEqual({ key: "nothingFound" });
  agent.answers["GET /v1/products"] = [404, { items: [MILK] }];
  expect(await register.enterText("lait")).toBeNull();
  expect(store.state.lines.map((line) => line.quantity)).toEqual(["2"]);
});

test("a quantity beyond every bound is refused and changes nothing", async () => {
  const { store, register } = await ready();
  register.put(MILK);
  expect(register.setQuantity(1, "999999999")).toBe(false);
  expect(store.state.notice).toEqual({ key: "tooLarge" });
  expect(register.setQuantity(1, "6130093011426")).toBe(false);
  expect(store.state.notice).toEqual({ key: "wrongQuantity" });
  expect(store.state.lines[0]?.quantity).toBe("1");
});

test("without an open shift the register asks for one", async () => {
  agent.answers["GET /v1/shifts/current"] = [404];
  const { store, register } = openPage();
  store.update({ pairing: PAIRING });
  await register.start();
  await register.signIn("2468");
  await vi.waitFor(() => expect(screenOf(store.state)).toBe("openShift"));
  agent.answers["POST /v1/shifts"] = [SHIFT];
  await register.openShift(SHIFT.id, 500_000n);
  expect(screenOf(store.state)).toBe("sell");
});
