/** What the app knows, and what of it outlives a reload. */
import type { LiveSale, Meta, Pairing, SaleRequest, Shift, SignIn, SyncState, Ticket, TillReport } from "./agent/wire.ts";
import { type BasketLines, EMPTY } from "./rules/basket.ts";
import type { Figures } from "./rules/quoted.ts";
import { isLanguage, type Language, preferredLanguage } from "./words/languages.ts";
import type { Messages } from "./words/messages.ts";

/** A sentence of ours by its key, or the agent's as it came. */
export type Notice = { readonly key: SentenceKey } | { readonly text: string };
export type SentenceKey = {
  [Key in keyof Messages]: Messages[Key] extends string ? Key : never;
}[keyof Messages];

export interface State {
  readonly language: Language;
  readonly meta: Meta | null;
  readonly pairing: Pairing | null;
  readonly signIn: SignIn | null;
  /** Undefined until the agent has told, null when none is open. */
  readonly shift: Shift | null | undefined;
  readonly view: "sell" | "pay" | "till";
  readonly lines: BasketLines;
  /** What a basket came to last; perhaps not the current one. */
  readonly figures: Figures | null;
  /** The line that changed last; the eye looks for it. */
  readonly touched: number | null;
  /** The sale that is being sent. While it is set, its basket does not change. */
  readonly sending: SaleRequest | null;
  /** How often it was sent without an answer. */
  readonly silences: number;
  readonly ticket: Ticket | null;
  readonly z: TillReport | null;
  readonly notice: Notice | null;
  readonly sync: SyncState | null;
  readonly agentHere: boolean;
  readonly lastSale: LiveSale | null;
  /** Counts the changes of the catalogue, so that lists are read anew. */
  readonly catalogueChanges: number;
}

export type Screen =
  | "pairing"
  | "signIn"
  | "loading"
  | "openShift"
  | "sell"
  | "pay"
  | "sending"
  | "done"
  | "till"
  | "z";

/** Which screen a state calls for. A sale under way comes before everything but the sign-in. */
export function screenOf(state: State): Screen {
  if (!state.pairing) return "pairing";
  if (!state.signIn) return "signIn";
  if (state.sending) return "sending";
  if (state.ticket) return "done";
  if (state.z) return "z";
  if (state.shift === undefined || !state.meta?.store) return "loading";
  if (state.shift === null) return "openShift";
  return state.view === "pay" && state.lines.length === 0 ? "sell" : state.view;
}

export class Store {
  private listeners = new Set<() => void>();

  constructor(
    private current: State,
    private readonly onChange: (before: State, after: State) => void = () => undefined,
  ) {}

  get state(): State {
    return this.current;
  }

  update(change: Partial<State>): void {
    const before = this.current;
    this.current = { ...before, ...change };
    this.onChange(before, this.current);
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The two storages of a browser: `lasting` outlives the tab, `session` does not. */
export interface Storages {
  readonly lasting: Storage;
  readonly session: Storage;
}

const LANGUAGE = "hanout.language";
const PAIRING = "hanout.pairing";
const SIGN_IN = "hanout.sign-in";
// Basket and unanswered sale in one key: one write, so that a power cut cannot part them.
const SALE = "hanout.sale";

interface KeptSale {
  readonly lines: BasketLines;
  readonly sending: SaleRequest | null;
}

/** The state at the start of the page. */
export function restore({ lasting, session }: Storages, browserLanguages: readonly string[]): State {
  const language = lasting.getItem(LANGUAGE);
  const sale = read<KeptSale>(lasting, SALE);
  return {
    language: isLanguage(language) ? language : preferredLanguage(browserLanguages),
    meta: null,
    pairing: read<Pairing>(lasting, PAIRING),
    signIn: read<SignIn>(session, SIGN_IN),
    shift: undefined,
    view: "sell",
    lines: sale?.lines ?? EMPTY,
    figures: null,
    touched: null,
    sending: sale?.sending ?? null,
    silences: 0,
    ticket: null,
    z: null,
    notice: null,
    sync: null,
    agentHere: true,
    lastSale: null,
    catalogueChanges: 0,
  };
}

/** Keeps what changed; to be called with every change. */
export function keep({ lasting, session }: Storages, before: State, after: State): void {
  if (before.language !== after.language) lasting.setItem(LANGUAGE, after.language);
  if (before.pairing !== after.pairing) write(lasting, PAIRING, after.pairing);
  if (before.signIn !== after.signIn) write(session, SIGN_IN, after.signIn);
  if (before.lines !== after.lines || before.sending !== after.sending) {
    const sale: KeptSale = { lines: after.lines, sending: after.sending };
    write(lasting, SALE, sale);
  }
}

function read<T>(storage: Storage, key: string): T | null {
  const text = storage.getItem(key);
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    storage.removeItem(key); // Torn by a crash: better empty than stuck.
    return null;
  }
}

function write(storage: Storage, key: string, value: object | null): void {
  if (value === null) storage.removeItem(key);
  else storage.setItem(key, JSON.stringify(value));
}
