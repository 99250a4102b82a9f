/**
 * Asking until an answer comes. Only for requests that may be repeated: those with an id of ours.
 *
 * A refusal is an answer. Silence, an overload and a breakdown are none: the agent may have booked
 * what it was sent, so the same is sent again.
 */
import { Problem, Unanswered } from "./problem.ts";

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 8_000;

export type Sleep = (ms: number) => Promise<void>;

/** `onSilence` is told before each pause how many times no answer came. */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  onSilence: (times: number) => void,
  sleep: Sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<T> {
  for (let times = 1; ; times += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isSilence(error)) throw error;
      onSilence(times);
      await sleep(pauseMs(error, times));
    }
  }
}

function isSilence(error: unknown): error is Problem | Unanswered {
  return error instanceof Unanswered || (error instanceof Problem && error.isPassing);
}

function pauseMs(error: Problem | Unanswered, times: number): number {
  const asked = error instanceof Problem ? error.retryAfterS : null;
  const pause = asked === null ? FIRST_PAUSE_MS * 2 ** Math.min(times - 1, 10) : asked * 1_000;
  return Math.min(pause, LONGEST_PAUSE_MS);
}
