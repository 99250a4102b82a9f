/** How a request can fail: with an answer (a problem), or without one. */

/** RFC 9457 problem+json. `detail` is a sentence in the language that was asked for. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly retryAfterS: number | null = null,
  ) {
    super(code);
    this.name = "Problem";
  }

  /** Whether the same request may succeed later, or may already have succeeded. */
  get isPassing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer came: the agent may or may not have done what it was asked. */
export class Unanswered extends Error {
  constructor() {
    super("unanswered");
    this.name = "Unanswered";
  }
}

/** The problem in an answer that is not OK; whatever the answer looks like, it becomes one. */
export async function problemOf(response: Response): Promise<Problem> {
  const body = await readObject(response);
  const code = typeof body["code"] === "string" ? body["code"] : `http-${response.status}`;
  const detail = typeof body["detail"] === "string" ? body["detail"] : "";
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new Problem(response.status, code, detail, Number.isFinite(seconds) ? seconds : null);
}

async function readObject(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {}; // Not JSON: the status alone has to do.
  }
}
