import { useApp } from "../context.ts";
import { LANGUAGES, MANNERS } from "../words/languages.ts";

export function LanguageSwitch() {
  const { state, register, messages } = useApp();
  return (
    <div class="languages" role="group" aria-label={messages.language}>
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === state.language}
          onClick={() => register.speak(language)}
        >
          {MANNERS[language].name}
        </button>
      ))}
    </div>
  );
}
