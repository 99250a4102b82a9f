import { useState } from "preact/hooks";
import { useApp } from "../context.ts";
import { Brand } from "../parts/brand.tsx";
import { useFocus } from "../parts/focus.ts";

const FRAGMENT = "#pair=";

/** A link may carry the code: the fragment stays in the browser and leaves the address at once. */
function codeFromAddress(): string {
  const { hash, pathname } = location;
  if (!hash.startsWith(FRAGMENT)) return "";
  history.replaceState(null, "", pathname);
  return decodeURIComponent(hash.slice(FRAGMENT.length));
}

export function Pairing() {
  const { state, register, messages } = useApp();
  const [code, setCode] = useState(codeFromAddress);
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useFocus<HTMLInputElement>();

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    await register.pair(code, name || messages.tabletNameDefault);
    setBusy(false);
  };

  return (
    <main class="centred">
      <form class="card narrow" onSubmit={(event) => void submit(event)}>
        <Brand />
        <h1>{messages.pairing}</h1>
        <p class="hint">{state.meta?.store ? state.meta.store.name : messages.pairHint}</p>
        <label for="pairing-code">{messages.pairingCode}</label>
        <input
          ref={field}
          id="pairing-code"
          class="text-field code"
          dir="ltr"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          required
          minLength={8}
          value={code}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
        <label for="tablet-name">{messages.tabletName}</label>
        <input
          id="tablet-name"
          class="text-field"
          dir="auto"
          autocomplete="off"
          maxLength={80}
          placeholder={messages.tabletNameDefault}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button class="primary" type="submit" disabled={busy}>
          {messages.pair}
        </button>
      </form>
    </main>
  );
}
