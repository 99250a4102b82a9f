/** What a cashier can do. Every method ends with the state changed or a notice; none throws. */
import type { AgentApi } from "./agent/api.ts";
import { followEvents, type LiveEvent } from "./agent/live.ts";
import { Problem, Unanswered } from "./agent/problem.ts";
import { untilAnswered } from "./agent/resending.ts";
import type { LiveSale, Product, SaleRequest, Shift, TillReport } from "./agent/wire.ts";
import { Quoting } from "./quoting.ts";
import * as basket from "./rules/basket.ts";
import { Fault } from "./rules/fault.ts";
import type { Tender } from "./rules/figures.ts";
import type { Minor } from "./rules/money.ts";
import { agentFigures, type Figures, ownFigures, type ShownFigures } from "./rules/quoted.ts";
import { newId } from "./rules/uuid7.ts";
import type { SentenceKey, State, Store } from "./state.ts";
import type { Language } from "./words/languages.ts";

const SYNC_EVERY_MS = 10_000;
// The agent takes a sale at a quote's figures for half an hour; offers may end before.
const FRESH_MS = 60_000;
// Refusals that every cashier meets, in the app's own words; the others speak for themselves.
const SENTENCES: Readonly<Record<string, SentenceKey>> = {
  "wrong-pin": "wrongPin",
  "wrong-pairing-token": "wrongPairingCode",
  "not-signed-in": "signInEnded",
  "unknown-tablet": "unknownTablet",
  "too-many-attempts": "tooManyAttempts",
  "not-provisioned-yet": "notReady",
};

export class Register {
  private following: AbortController | null = null;
  private readonly quoting = new Quoting((signal, isOvertaken) => this.ask(signal, isOvertaken));
  private asked: Partial<State> = {};
  private waitsToPay = false;

  constructor(
    private readonly store: Store,
    private readonly api: AgentApi,
  ) {
    store.subscribe(() => this.onState());
  }

  private get state(): State {
    return this.store.state;
  }

  /** Begin, once per page. */
  async start(): Promise<void> {
    setInterval(() => void this.refreshSync(), SYNC_EVERY_MS);
    if (this.state.signIn) this.enter();
    await this.refreshSync();
  }

  speak(language: Language): void {
    this.store.update({ language, notice: null });
  }

  view(view: State["view"]): void {
    if (view === "pay" && !this.isFresh()) this.askAnew();
    // The payment screen opens on known figures, so that no key pressed there is lost.
    this.waitsToPay = view === "pay" && this.state.figures?.of !== this.state.lines;
    this.store.update(this.waitsToPay ? { notice: null } : { view, notice: null });
  }

  dismiss(): void {
    this.store.update({ notice: null });
  }

  async pair(pairingToken: string, tabletName: string): Promise<void> {
    await this.attempt(async () => {
      const pairing = await this.api.pair(pairingToken.trim(), tabletName.trim());
      this.store.update({ pairing, notice: null });
    });
  }

  /**
   * Forget the pairing. An unanswered sale stays and is sent by the next one: if it is booked, the
   * agent answers as it did; else it comes back as a basket.
   */
  unpair(): void {
    const { sending, lines } = this.state;
    this.leave();
    this.store.update({ pairing: null, lines: sending ? lines : basket.EMPTY });
  }

  async signIn(pin: string): Promise<void> {
    const { pairing } = this.state;
    if (!pairing) return;
    await this.attempt(async () => {
      const signIn = await this.api.signIn(pairing.tablet_token, pin);
      this.store.update({ signIn, shift: undefined, notice: null, view: "sell" });
      this.enter();
    });
  }

  async signOut(): Promise<void> {
    const { token } = this;
    this.leave();
    // The token runs out by itself, so that leaving works without an answer too.
    await this.api.signOut(token).catch(() => undefined);
  }

  async openShift(id: string, float: Minor): Promise<void> {
    await this.attempt(async () => {
      const opening = { id, float_minor: Number(float) };
      const shift = await this.api.openShift(this.token, opening);
      this.store.update({ shift, view: "sell", notice: null });
    });
  }

  /** Asked until it is answered: the same count is answered with the same Z. */
  async closeShift(counted: Minor): Promise<void> {
    const { shift } = this.state;
    if (!shift) return;
    await this.attempt(async () => {
      const z = await untilAnswered(
        () => this.api.closeShift(this.token, shift.id, Number(counted)),
        () => this.store.update({ notice: { key: "unanswered" }, agentHere: false }),
      );
      this.store.update({ z, shift: null, view: "sell", notice: null, lines: basket.EMPTY });
    });
  }

  async xReport(): Promise<TillReport | null> {
    return this.attempt(() => this.api.xReport(this.token));
  }

  putAway(): void {
    this.store.update({ ticket: null, z: null, notice: null });
  }

  /** Products by text, or the first ones for none; null when the question was overtaken. */
  async search(text: string, signal: AbortSignal): Promise<Product[] | null> {
    const found = await this.attempt(async () => {
      try {
        if (text.trim() === "") return await this.api.firstProducts(this.token);
        return await this.api.productsByText(this.token, text, signal);
      } catch (error) {
        if (signal.aborted) return null;
        throw error;
      }
    });
    return signal.aborted ? null : found;
  }

  /**
   * What was scanned or typed and entered: a code first, else words. Null when it has gone into the
   * basket or failed, else the products to choose from.
   */
  async enterText(text: string): Promise<Product[] | null> {
    return this.attempt(async () => {
      const byCode = await this.byCode(text);
      const found = byCode.length
        ? byCode
        : await this.api.productsByText(this.token, text, AbortSignal.timeout(5_000));
      if (found.length === 1) {
        this.put(found[0]!, byCode.length ? text : undefined);
        return null;
      }
      if (found.length === 0) this.store.update({ notice: { key: "nothingFound" } });
      return found;
    });
  }

  /** Put one more into the basket; false when it cannot be sold. */
  put(product: Product, code?: string): boolean {
    const offer = basket.offerOf(product);
    if (!offer) {
      this.store.update({ notice: { key: "noPrice" } });
      return false;
    }
    return this.change((lines) => basket.add(lines, offer, code));
  }

  step(lineNo: number, by: 1n | -1n): void {
    this.change((lines) => basket.step(lines, lineNo, by));
  }

  setQuantity(lineNo: number, text: string): boolean {
    return this.change((lines) => basket.setQuantity(lines, lineNo, text));
  }

  remove(lineNo: number): void {
    this.change((lines) => basket.remove(lines, lineNo));
  }

  empty(): void {
    this.change(() => basket.EMPTY);
  }

  /** What the basket comes to; while the agent is being asked, what was known before. */
  figures(): ShownFigures | null {
    const { lines, figures } = this.state;
    if (figures && lines.length) return { ...figures, isCurrent: figures.of === lines };
    const own = this.ownQuote();
    return own && { ...ownFigures(null, own), isCurrent: false };
  }

  /** Finalise the sale. Its request is kept before it is sent, and sent until it is answered. */
  async pay(tender: Tender): Promise<void> {
    const { shift, sending, lines } = this.state;
    const figures = this.figures();
    if (!shift || !figures?.isCurrent || sending) return;
    const { quote, unitPrices } = figures;
    const settlement = basket.settlement(quote, tender);
    if (!settlement) return;
    const request = basket.saleRequest(lines, {
      id: newId(),
      shiftId: shift.id,
      currency: shift.currency,
      rungAt: figures.rungAt ?? new Date().toISOString(),
      quote,
      unitPrices,
      tender,
      settlement,
    });
    this.store.update({ sending: request, silences: 0, notice: null });
    await this.send(request);
  }

  private get token(): string {
    return this.state.signIn?.token ?? "";
  }

  /** Something that the figures hang on has changed. */
  private onState(): void {
    const { lines, shift, signIn, catalogueChanges, sending } = this.state;
    const { asked } = this;
    if (
      lines === asked.lines &&
      shift === asked.shift &&
      signIn === asked.signIn &&
      catalogueChanges === asked.catalogueChanges
    ) {
      return;
    }
    this.asked = { lines, shift, signIn, catalogueChanges };
    if (!lines.length) {
      this.quoting.stop();
      this.store.update({ figures: null });
    } else if (shift && signIn && !sending) this.askAnew();
  }

  private askAnew(): void {
    const { figures } = this.state;
    if (figures?.of) this.store.update({ figures: { ...figures, of: null } });
    this.quoting.soon();
  }

  /** Whatever keeps the agent from telling: then the tablet reckons, and the agent judges it. */
  private async ask(signal: AbortSignal, isOvertaken: () => boolean): Promise<void> {
    const { lines, shift } = this.state;
    if (!shift || !lines.length) return;
    const rungAt = new Date().toISOString();
    let figures: Figures | null;
    try {
      const request = basket.quoteRequest(lines, shift, rungAt);
      figures = agentFigures(lines, rungAt, await this.api.quote(this.token, request, signal));
    } catch (error) {
      if (isOvertaken()) return;
      if (isSignedOut(error)) this.complain(error);
      else if (!(error instanceof Problem || error instanceof Unanswered)) console.error(error);
      const own = this.ownQuote();
      figures = own && ownFigures(lines, own);
    }
    if (isOvertaken() || this.state.lines !== lines) return;
    this.store.update({ figures, ...(this.waitsToPay && { view: "pay" }) });
    this.waitsToPay = false;
  }

  private ownQuote(): basket.Quote | null {
    const { lines, shift } = this.state;
    return shift ? basket.quote(lines, shift.currency, shift.business_date) : null;
  }

  private isFresh(): boolean {
    const { figures, lines } = this.state;
    if (figures?.of !== lines) return true; // Is being asked for already.
    return figures.rungAt !== null && Date.now() - Date.parse(figures.rungAt) < FRESH_MS;
  }

  private async send(request: SaleRequest): Promise<void> {
    try {
      const ticket = await untilAnswered(
        () => this.api.finaliseSale(this.token, request),
        (silences) => this.store.update({ silences }),
      );
      this.store.update({
        ticket,
        sending: null,
        silences: 0,
        lines: basket.EMPTY,
        view: "sell",
        touched: null,
      });
      void this.refreshSync();
    } catch (error) {
      if (isSignedOut(error)) this.complain(error); // The sale waits for the next sign-in.
      else await this.refused(error);
    }
  }

  /** The sale was not booked: back to the basket, at today's prices. */
  private async refused(error: unknown): Promise<void> {
    this.store.update({ sending: null, silences: 0, view: "sell" });
    this.complain(error);
    this.askAnew();
    await this.attempt(() => this.refreshShift());
    await this.attempt(() => this.reprice());
  }

  private async reprice(): Promise<void> {
    const { lines } = this.state;
    const offers = new Map<string, basket.Offer>();
    for (const id of new Set(lines.map((line) => line.offer.productId))) {
      const offer = await this.offer(id);
      if (offer) offers.set(id, offer);
    }
    const today = basket.reprice(lines, offers);
    if (today.length < lines.length) this.store.update({ notice: { key: "productGone" } });
    else if (today.some((line, index) => priceOf(line) !== priceOf(lines[index]!))) {
      this.store.update({ notice: { key: "priceChanged" } });
    }
    this.store.update({ lines: today });
  }

  private async offer(productId: string): Promise<basket.Offer | null> {
    try {
      return basket.offerOf(await this.api.product(this.token, productId));
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  }

  private async byCode(code: string): Promise<Product[]> {
    try {
      return await this.api.productsByCode(this.token, code);
    } catch (error) {
      // Not known as a code, or no code at all: then it is words.
      if (error instanceof Problem && (error.status === 404 || error.status === 422)) return [];
      throw error;
    }
  }

  private change(next: (lines: basket.BasketLines) => basket.BasketLines): boolean {
    const { lines, shift, sending } = this.state;
    if (!shift || sending) return false;
    try {
      const changed = next(lines);
      basket.quote(changed, shift.currency, shift.business_date);
      const touched = changed.find((line) => !lines.includes(line))?.lineNo ?? null;
      this.store.update({ lines: changed, touched, notice: null });
      return true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const key = error.code.startsWith("quantity") ? "wrongQuantity" : "tooLarge";
      this.store.update({ notice: { key } });
      return false;
    }
  }

  /** What follows a sign-in. */
  private enter(): void {
    const { sending } = this.state;
    void this.attempt(() => this.refreshShift());
    if (sending) void this.send(sending);
    this.following?.abort();
    this.following = new AbortController();
    void followEvents(
      this.api,
      this.token,
      {
        onOpen: () => void this.refreshSync(),
        onEvent: (event) => this.onEvent(event),
        onBroken: () => void this.refreshSync(),
      },
      this.following.signal,
    );
  }

  private leave(): void {
    this.following?.abort();
    this.following = null;
    this.store.update({ signIn: null, shift: undefined, ticket: null, z: null, notice: null });
  }

  private onEvent({ kind, payload }: LiveEvent): void {
    if (kind === "sale") this.store.update({ lastSale: payload as LiveSale });
    if (kind === "catalogue") {
      this.store.update({ catalogueChanges: this.state.catalogueChanges + 1 });
    }
    if (kind === "shift" || kind === "resync") void this.attempt(() => this.refreshShift());
    if (kind !== "catalogue") void this.refreshSync();
  }

  private async refreshShift(): Promise<void> {
    let shift: Shift | null;
    try {
      shift = await untilAnswered(
        () => this.api.currentShift(this.token),
        () => this.store.update({ agentHere: false }),
      );
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
      shift = null;
    }
    if (this.state.signIn) this.store.update({ shift });
  }

  private async refreshSync(): Promise<void> {
    try {
      this.store.update({ sync: await this.api.sync(), agentHere: true });
      // It answers again: what said that it does not is no longer true.
      const { notice } = this.state;
      if (notice && "key" in notice && notice.key === "unanswered") this.dismiss();
      if (!this.state.meta?.store) this.store.update({ meta: await this.api.meta() });
    } catch (error) {
      this.store.update({ agentHere: error instanceof Problem });
    }
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.complain(error);
      return null;
    }
  }

  private complain(error: unknown): void {
    if (isSignedOut(error) && this.state.signIn) this.leave();
    if (error instanceof Problem) {
      const key = SENTENCES[error.code] ?? (error.detail ? null : "somethingBroke");
      this.store.update({ notice: key ? { key } : { text: error.detail } });
    } else if (error instanceof Unanswered) {
      this.store.update({ notice: { key: "unanswered" }, agentHere: false });
    } else {
      console.error(error);
      this.store.update({ notice: { key: "somethingBroke" } });
    }
  }
}

function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}

function priceOf({ offer }: basket.BasketLine): string {
  return [offer.unitPriceMinor, offer.taxId, offer.taxRatePpm, offer.pricesIncludeTax].join(" ");
}
