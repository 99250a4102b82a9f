/** The agent's `/v1`, typed. Ids are made by the caller, so that every call may be repeated. */
import { problemOf, Unanswered } from "./problem.ts";
import type {
  Meta,
  Pairing,
  Product,
  QuoteRequest,
  QuoteState,
  SaleRequest,
  Shift,
  SignIn,
  SyncState,
  Ticket,
  TillReport,
} from "./wire.ts";

const TIMEOUT_MS = 10_000;

interface Call {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly token?: string;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

export class AgentApi {
  /** `language` is asked at each call: the sentences of problems come in it. */
  constructor(
    private readonly language: () => string,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  meta(): Promise<Meta> {
    return this.json("/v1/meta", {});
  }

  pair(pairingToken: string, tabletName: string): Promise<Pairing> {
    const body = { pairing_token: pairingToken, tablet_name: tabletName };
    return this.json("/v1/pairings", { method: "POST", body });
  }

  signIn(tabletToken: string, pin: string): Promise<SignIn> {
    return this.json("/v1/sign-ins", { method: "POST", token: tabletToken, body: { pin } });
  }

  async signOut(token: string): Promise<void> {
    await this.call("/v1/sign-ins/current", { method: "DELETE", token });
  }

  currentShift(token: string): Promise<Shift> {
    return this.json("/v1/shifts/current", { token });
  }

  openShift(token: string, opening: { id: string; float_minor: number }): Promise<Shift> {
    return this.json("/v1/shifts", { method: "POST", token, body: opening });
  }

  xReport(token: string): Promise<TillReport> {
    return this.json("/v1/shifts/current/x", { token });
  }

  closeShift(token: string, shiftId: string, countedCashMinor: number): Promise<TillReport> {
    const body = { counted_cash_minor: countedCashMinor };
    return this.json(`/v1/shifts/${shiftId}/close`, { method: "POST", token, body });
  }

  product(token: string, id: string): Promise<Product> {
    return this.json(`/v1/products/${id}`, { token });
  }

  productsByCode(token: string, code: string): Promise<Product[]> {
    return this.products({ code }, { token });
  }

  productsByText(token: string, text: string, signal: AbortSignal): Promise<Product[]> {
    return this.products({ q: text, limit: "30" }, { token, signal });
  }

  firstProducts(token: string): Promise<Product[]> {
    return this.products({ limit: "30" }, { token });
  }

  quote(token: string, sale: QuoteRequest, signal: AbortSignal): Promise<QuoteState> {
    return this.json("/v1/quotes", { method: "POST", token, body: sale, signal });
  }

  finaliseSale(token: string, sale: SaleRequest): Promise<Ticket> {
    return this.json("/v1/sales", { method: "POST", token, body: sale });
  }

  sync(): Promise<SyncState> {
    return this.json("/v1/sync", {});
  }

  /** The open stream of live events; it has no timeout of its own. */
  async events(token: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.answered("/v1/events", { token, signal });
    if (!response.body) throw new Unanswered();
    return response.body;
  }

  private async products(query: Record<string, string>, call: Call): Promise<Product[]> {
    const path = `/v1/products?${new URLSearchParams(query).toString()}`;
    return (await this.json<{ items: Product[] }>(path, call)).items;
  }

  private async json<T>(path: string, call: Call): Promise<T> {
    const response = await this.call(path, call);
    try {
      return (await response.json()) as T;
    } catch {
      throw new Unanswered(); // Cut off in the middle.
    }
  }

  private call(path: string, call: Call): Promise<Response> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
    return this.answered(path, { ...call, signal });
  }

  private async answered(path: string, call: Call): Promise<Response> {
    const { method = "GET", token, body, signal } = call;
    const headers: Record<string, string> = { "Accept-Language": this.language() };
    if (token) headers["Authorization"] = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await this.send(path, {
        method,
        headers,
        cache: "no-store",
        ...(body && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      });
    } catch {
      throw new Unanswered();
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}
