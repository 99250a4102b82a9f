/** When the agent is asked what the basket comes to: once it rests, and the newest question alone. */
const REST_MS = 120;
const TIMEOUT_MS = 3_000;

export class Quoting {
  private resting: ReturnType<typeof setTimeout> | undefined;
  private asking = new AbortController();

  /** `ask` is given a signal that ends its question, and whether a newer one overtook it. */
  constructor(
    private readonly ask: (signal: AbortSignal, isOvertaken: () => boolean) => Promise<void>,
  ) {}

  soon(): void {
    this.stop();
    const asking = new AbortController();
    this.asking = asking;
    this.resting = setTimeout(() => {
      const late = setTimeout(() => asking.abort("late"), TIMEOUT_MS);
      void this.ask(asking.signal, () => this.asking !== asking).finally(() => clearTimeout(late));
    }, REST_MS);
  }

  /** Nothing is under way any more, and what still comes does not count. */
  stop(): void {
    clearTimeout(this.resting);
    this.asking.abort();
    this.asking = new AbortController();
  }
}
