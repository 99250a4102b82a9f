/** The shared vectors of protocol/vectors: what the agent's arithmetic is held by too. */
import { expect, test } from "vitest";
import { Fault } from "../rules/fault.ts";

export interface Vector<Input> {
  readonly input: Input;
  readonly output?: unknown;
  readonly error?: string;
}

/** One test per vector: the function gives its output, or fails with its error's code. */
export function holds<Input>(
  name: string,
  vectors: unknown,
  compute: (input: Input) => unknown,
): void {
  const cases = vectors as Vector<Input>[];
  test(`${name} has vectors`, () => expect(cases.length).toBeGreaterThan(0));
  test.each(cases.map((one) => [JSON.stringify(one.input), one] as const))(
    `${name} %s`,
    (_, { input, output, error }) => {
      if (error === undefined) expect(compute(input)).toEqual(output);
      else expect(faultOf(() => compute(input)).code).toBe(error);
    },
  );
}

/** The fault that the call ends with. */
export function faultOf(call: () => unknown): Fault {
  try {
    call();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
