/** Where the next key goes. Everything here happens before the browser handles another key. */
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** A ref whose element gets the focus once, when it appears. */
export function useFocus<Element extends HTMLElement>(): RefObject<Element | null> {
  const element = useRef<Element>(null);
  useLayoutEffect(() => element.current?.focus(), []);
  return element;
}

/** Tells of letters and digits that are typed, or scanned, outside of every field. */
export function useTypingAnywhere(onTyping: () => void): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const inField = document.activeElement instanceof HTMLInputElement;
      const isText = event.key.length === 1 && event.key !== " ";
      if (isText && !inField && !event.ctrlKey && !event.altKey && !event.metaKey) onTyping();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
