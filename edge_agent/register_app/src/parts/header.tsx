import { useApp } from "../context.ts";
import { Icon } from "./icon.tsx";

/** Where we are, who sells, and the two ways out of selling. */
export function Header() {
  const { state, register, messages } = useApp();
  return (
    <header class="header">
      <img src="/icon.svg" alt="" width="36" height="36" />
      <p class="place">
        <strong>
          <bdi>{state.meta?.store?.name}</bdi>
        </strong>
        <span>
          <bdi>{state.pairing?.register.name}</bdi> · <bdi>{state.signIn?.staff.name}</bdi>
        </span>
      </p>
      {state.shift && (
        <button
          type="button"
          class="quiet"
          aria-pressed={state.view === "till"}
          onClick={() => register.view(state.view === "till" ? "sell" : "till")}
        >
          <Icon name="drawer" />
          {messages.till}
        </button>
      )}
      <button type="button" class="quiet" onClick={() => void register.signOut()}>
        <Icon name="lock" />
        {messages.lock}
      </button>
    </header>
  );
}
