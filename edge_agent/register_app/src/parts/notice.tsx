import { useApp } from "../context.ts";
import { Icon } from "./icon.tsx";

/** What went wrong or needs a look; it stays until the next step or until it is put away. */
export function NoticeBar() {
  const { state, register, messages } = useApp();
  const { notice } = state;
  return (
    <div class="notice-place" role="alert">
      {notice && (
        <div class="notice">
          <Icon name="alert" />
          <p dir="auto">{"key" in notice ? messages[notice.key] : notice.text}</p>
          <button
            type="button"
            class="bare"
            aria-label={messages.clearField}
            onClick={() => register.dismiss()}
          >
            <Icon name="cross" />
          </button>
        </div>
      )}
    </div>
  );
}
