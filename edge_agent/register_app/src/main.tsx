/** The only place that builds things. */
import { render } from "preact";
import { AgentApi } from "./agent/api.ts";
import { App } from "./app.tsx";
import { Register } from "./register.ts";
import { keep, restore, Store } from "./state.ts";

const storages = { lasting: localStorage, session: sessionStorage };
const store = new Store(restore(storages, navigator.languages), (before, after) =>
  keep(storages, before, after),
);
const register = new Register(store, new AgentApi(() => store.state.language));

render(<App store={store} register={register} />, document.getElementById("app")!);
void register.start();
