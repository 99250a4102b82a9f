/** The frame: the screen that the state calls for, between notice and status strip. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { AppContext } from "./context.ts";
import { NoticeBar } from "./parts/notice.tsx";
import { StatusStrip } from "./parts/status-strip.tsx";
import type { Register } from "./register.ts";
import { Done } from "./screens/done.tsx";
import { OpenShift } from "./screens/open-shift.tsx";
import { Pairing } from "./screens/pairing.tsx";
import { Pay } from "./screens/pay.tsx";
import { Sell } from "./screens/sell.tsx";
import { SignIn } from "./screens/sign-in.tsx";
import { Till } from "./screens/till.tsx";
import { Loading, Sending } from "./screens/waiting.tsx";
import { ZReport } from "./screens/z-report.tsx";
import { type Screen, screenOf, type Store } from "./state.ts";
import { MANNERS } from "./words/languages.ts";

const SCREENS: Readonly<Record<Screen, ComponentType>> = {
  pairing: Pairing,
  signIn: SignIn,
  loading: Loading,
  openShift: OpenShift,
  sell: Sell,
  pay: Pay,
  sending: Sending,
  done: Done,
  till: Till,
  z: ZReport,
};

export function App({ store, register }: { store: Store; register: Register }) {
  const [state, setState] = useState(store.state);
  useEffect(() => store.subscribe(() => setState(store.state)), [store]);

  const { messages, direction } = MANNERS[state.language];
  useEffect(() => {
    document.documentElement.lang = state.language;
    document.documentElement.dir = direction;
  }, [state.language, direction]);

  const screen = screenOf(state);
  const Current = SCREENS[screen];
  return (
    <AppContext.Provider value={{ state, register, messages }}>
      <div class="app" data-screen={screen}>
        <NoticeBar />
        <Current key={screen} />
        <StatusStrip />
      </div>
    </AppContext.Provider>
  );
}
