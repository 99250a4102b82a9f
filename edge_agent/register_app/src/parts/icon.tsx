const PATHS = {
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  cross: "M6 6l12 12M18 6L6 18",
  erase: "M9 5h11v14H9l-6-7zM12 9l5 6M17 9l-5 6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  drawer: "M4 12h16v8H4zM7 12V6a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2v6M10 16h4",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  bin: "M5 7h14M10 4h4M7 7l1 13h8l1-13",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.01",
  basket: "M4 9h16l-2 11H6zM8 9l3-6M16 9l-3-6",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside words or inside a labelled button; it says nothing by itself. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
