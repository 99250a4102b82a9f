/** Live events over fetch: an EventSource cannot send the token in a header. */
import type { AgentApi } from "./api.ts";
import { Problem } from "./problem.ts";

const AGAIN_MS = 2_000;

export interface LiveEvent {
  readonly kind: string;
  readonly payload: unknown;
}

/**
 * Follows the agent's events until `signal` aborts or the token is refused; a broken stream begins
 * anew. `onOpen` is called at each beginning: what happened before it is not told.
 */
export async function followEvents(
  api: AgentApi,
  token: string,
  handlers: {
    readonly onOpen: () => void;
    readonly onEvent: (event: LiveEvent) => void;
    readonly onBroken: () => void;
  },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const stream = await api.events(token, signal);
      handlers.onOpen();
      for await (const event of eventsOf(stream)) handlers.onEvent(event);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return;
    }
    if (signal.aborted) return;
    handlers.onBroken();
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Server-sent events out of bytes, however the bytes are cut. */
export async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<LiveEvent> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = eventOf(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined); // The stream has broken by itself before.
  }
}

function eventOf(block: string): LiveEvent | null {
  const fields = new Map(
    block
      .split("\n")
      .filter((line) => !line.startsWith(":"))
      .map((line) => {
        const [name = "", ...value] = line.split(": ");
        return [name, value.join(": ")] as const;
      }),
  );
  const kind = fields.get("event");
  const payload = fields.get("data");
  return kind && payload ? { kind, payload: JSON.parse(payload) as unknown } : null;
}
