/** A rule was broken. `code` is the same word as in the agent's problems; `fields` names paths. */
export class Fault extends Error {
  constructor(
    readonly code: string,
    readonly fields: readonly string[] = [],
  ) {
    super(code);
    this.name = "Fault";
  }
}
