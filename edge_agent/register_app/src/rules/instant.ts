/** Instants as the agent writes them: ISO 8601 with a zone, down to the microsecond. */
import { Fault } from "./fault.ts";

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/;

/** Microseconds since 1970 in UTC. Fault: `instant-without-zone`. */
export function instantOf(text: string): bigint {
  const match = ISO.exec(text);
  if (!match) throw new Fault("instant-without-zone");
  const [, day, time, fraction = "", zone] = match;
  return BigInt(Date.parse(`${day}T${time}${zone}`)) * 1000n + BigInt(fraction.padEnd(6, "0"));
}
