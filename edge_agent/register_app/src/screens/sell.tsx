import { useEffect, useRef, useState } from "preact/hooks";
import type { Product } from "../agent/wire.ts";
import { useApp } from "../context.ts";
import { BasketPanel } from "../parts/basket-panel.tsx";
import { useFocus, useTypingAnywhere } from "../parts/focus.ts";
import { Header } from "../parts/header.tsx";
import { Icon } from "../parts/icon.tsx";
import { ProductTile } from "../parts/product-tile.tsx";

const TYPING_PAUSE_MS = 180;

export function Sell() {
  return (
    <>
      <Header />
      <main class="sell">
        <Finder />
        <BasketPanel />
      </main>
    </>
  );
}

/** One box for scanner and search, and what it found. */
function Finder() {
  const { state, register, messages } = useApp();
  const [text, setText] = useState("");
  const [found, setFound] = useState<readonly Product[] | null>(null);
  const field = useFocus<HTMLInputElement>();
  // The text whose products are shown already; a look-up by Enter knows better than one by typing.
  const settled = useRef<string | null>(null);

  // Scanners and hasty fingers need no tap into the box first.
  useTypingAnywhere(() => field.current?.focus());

  useEffect(() => {
    if (settled.current === text) return;
    const overtaken = new AbortController();
    const timer = setTimeout(
      () =>
        void register.search(text, overtaken.signal).then((products) => {
          if (products) setFound(products);
        }),
      text === "" ? 0 : TYPING_PAUSE_MS,
    );
    return () => {
      clearTimeout(timer);
      overtaken.abort();
    };
  }, [text, state.catalogueChanges]);

  const look = (next: string): void => {
    settled.current = null;
    setText(next);
  };

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const entered = text.trim();
    if (entered === "") return;
    // Free for the next scan at once, whatever the answer takes.
    look("");
    const choice = await register.enterText(entered);
    if (choice && field.current?.value === "") {
      settled.current = entered;
      setText(entered);
      setFound(choice);
      field.current.select();
    }
  };

  return (
    <section class="finder">
      <form class="search" role="search" onSubmit={(event) => void submit(event)}>
        <Icon name="search" />
        <input
          ref={field}
          type="text"
          dir="auto"
          inputMode="search"
          enterKeyHint="search"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxLength={64}
          aria-label={messages.search}
          placeholder={messages.search}
          value={text}
          onInput={(event) => look(event.currentTarget.value)}
        />
        {text !== "" && (
          <button
            type="button"
            class="bare"
            aria-label={messages.clearField}
            onClick={() => {
              look("");
              field.current?.focus();
            }}
          >
            <Icon name="cross" />
          </button>
        )}
      </form>
      {found?.length === 0 ? (
        <p class="hint nothing">{messages.nothingFound}</p>
      ) : (
        <ul class="products" aria-label={messages.search}>
          {found?.map((product) => (
            <ProductTile
              key={product.id}
              product={product}
              onChoose={() => {
                if (register.put(product)) look("");
              }}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
