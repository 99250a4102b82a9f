import { useApp } from "../context.ts";
import { Header } from "../parts/header.tsx";

/** Until the agent has told whether a shift is open, and what the shop is. */
export function Loading() {
  const { state, messages } = useApp();
  const unready = state.meta !== null && state.meta.store === null;
  return (
    <>
      <Header />
      <main class="centred" aria-busy="true">
        <div class="spinner" />
        {unready && <p class="hint">{messages.notReady}</p>}
      </main>
    </>
  );
}

/** A sale is under way. It cannot be left: it is sent until it is answered. */
export function Sending() {
  const { state, messages } = useApp();
  return (
    <main class="centred" aria-busy="true">
      <div class="card narrow" role="status">
        <div class="spinner" />
        <h1>{messages.sending}</h1>
        {state.silences > 0 && <p class="hint">{messages.sendingAgain}</p>}
      </div>
    </main>
  );
}
