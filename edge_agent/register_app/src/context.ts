/** What every screen sees: the state, what can be done, and the words. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Register } from "./register.ts";
import type { State } from "./state.ts";
import type { Messages } from "./words/messages.ts";

export interface AppValue {
  readonly state: State;
  readonly register: Register;
  readonly messages: Messages;
}

export const AppContext = createContext<AppValue | null>(null);

export function useApp(): AppValue {
  const value = useContext(AppContext);
  if (!value) throw new Error("rendered outside of App");
  return value;
}
