import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A ref whose element gets the focus once, when it appears. */
export function useFocus<Element extends HTMLElement>(): RefObject<Element | null> {
  const element = useRef<Element>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}
