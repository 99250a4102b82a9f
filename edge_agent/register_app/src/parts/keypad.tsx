import { useApp } from "../context.ts";
import { ERASE } from "../typing.ts";
import { Icon } from "./icon.tsx";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Large keys for fingers. They leave the focus where it is, so that Enter keeps its meaning. */
export function Keypad({
  extra,
  extraLabel,
  onKey,
}: {
  /** The key left of zero; none leaves its place free. */
  extra?: string;
  extraLabel?: string;
  onKey: (key: string) => void;
}) {
  const { messages } = useApp();
  return (
    <div class="keypad" dir="ltr" onMouseDown={(event) => event.preventDefault()}>
      {DIGITS.map((digit) => (
        <button key={digit} type="button" onClick={() => onKey(digit)}>
          {digit}
        </button>
      ))}
      {extra ? (
        <button type="button" onClick={() => onKey(extra)}>
          {extraLabel ?? extra}
        </button>
      ) : (
        <span />
      )}
      <button type="button" onClick={() => onKey("0")}>
        0
      </button>
      <button type="button" aria-label={messages.erase} onClick={() => onKey(ERASE)}>
        <Icon name="erase" />
      </button>
    </div>
  );
}
