import { useState } from "preact/hooks";
import { useApp } from "../context.ts";
import { AmountField } from "../parts/amount-field.tsx";
import { Header } from "../parts/header.tsx";
import { parseAmount } from "../rules/currencies.ts";
import { newId } from "../rules/uuid7.ts";
import { finishedDecimal } from "../typing.ts";

export function OpenShift() {
  const { state, register, messages } = useApp();
  // One id however often the button is pressed: the agent opens one shift for it.
  const [id] = useState(newId);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const currency = state.meta?.store?.currency ?? "";

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    await register.openShift(id, parseAmount(finishedDecimal(text) ?? "0", currency));
    setBusy(false);
  };

  return (
    <>
      <Header />
      <main class="centred">
        <form class="card narrow" onSubmit={(event) => void submit(event)}>
          <h1>{messages.openShiftTitle}</h1>
          <p class="hint">{messages.floatHint}</p>
          <AmountField
            id="float"
            label={messages.float}
            text={text}
            currency={currency}
            onText={setText}
          />
          <button class="primary" type="submit" disabled={busy}>
            {messages.openShift}
          </button>
        </form>
      </main>
    </>
  );
}
