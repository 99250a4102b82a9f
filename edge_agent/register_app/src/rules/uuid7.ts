/** UUIDv7 (RFC 9562): unique by 74 random bits; its time is a courtesy to indexes and people. */
import { Fault } from "./fault.ts";

const MAX_TIME_MS = (1n << 48n) - 1n;
const RANDOM_MASK = (1n << 74n) - 1n;

/** The id of a Unix time in milliseconds and 74 random bits. */
export function uuid7(timeMs: bigint, randomBits: bigint): string {
  if (timeMs < 0n || timeMs > MAX_TIME_MS || randomBits < 0n || randomBits > RANDOM_MASK) {
    throw new Fault("uuid7-range");
  }
  const high = randomBits >> 62n;
  const low = randomBits & ((1n << 62n) - 1n);
  const whole = (timeMs << 80n) | (7n << 76n) | (high << 64n) | (2n << 62n) | low;
  const hex = whole.toString(16).padStart(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    "-",
  );
}

/** A new id. `getRandomValues` works without a secure context, which `randomUUID` does not. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const random = bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
  return uuid7(BigInt(Date.now()), random & RANDOM_MASK);
}
