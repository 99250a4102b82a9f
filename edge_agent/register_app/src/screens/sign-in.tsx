import { useState } from "preact/hooks";
import { useApp } from "../context.ts";
import { Brand } from "../parts/brand.tsx";
import { useFocus } from "../parts/focus.ts";
import { Keypad } from "../parts/keypad.tsx";
import { pressed, typedPin } from "../typing.ts";

const SHORTEST_PIN = 4;

export function SignIn() {
  const { state, register, messages } = useApp();
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useFocus<HTMLInputElement>();

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy || pin.length < SHORTEST_PIN) return;
    setBusy(true);
    await register.signIn(pin);
    setPin("");
    setBusy(false);
    field.current?.focus();
  };

  return (
    <main class="centred">
      <form class="card narrow" onSubmit={(event) => void submit(event)}>
        <Brand />
        <h1 dir="auto">{state.meta?.store?.name ?? messages.signIn}</h1>
        <p class="hint" dir="auto">
          {state.pairing?.register.name}
        </p>
        <label class="visually-hidden" for="pin">
          {messages.pin}
        </label>
        <input
          ref={field}
          id="pin"
          class="text-field pin"
          dir="ltr"
          type="password"
          inputMode="none"
          autocomplete="off"
          placeholder={messages.pinHint}
          value={pin}
          onInput={(event) => {
            setPin(typedPin(pin, event.currentTarget.value));
            event.currentTarget.value = pin;
          }}
        />
        <Keypad onKey={(key) => setPin(typedPin(pin, pressed(pin, key)))} />
        <button class="primary" type="submit" disabled={busy || pin.length < SHORTEST_PIN}>
          {messages.signIn}
        </button>
        <button class="bare small" type="button" onClick={() => register.unpair()}>
          {messages.unpair}
        </button>
      </form>
    </main>
  );
}
