// @ts-check
// One event stream per tab. It says only *what* changed; htmx then fetches the fragments anew, so
// that every figure passes through the same permissions as the page itself.

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;
// Without htmx there are no fragments: the page is loaded whole, now and then.
const WITHOUT_FRAGMENTS_MS = 5_000;
const TOPICS = ["sales", "devices"];

const indicator = document.getElementById("live");
const address = document.body.dataset.stream;

/** @type {EventSource | null} */
let source = null;
let retryMs = FIRST_RETRY_MS;

/** @param {boolean} connected */
function show(connected) {
  if (!indicator) return;
  indicator.hidden = false;
  indicator.dataset.connected = String(connected);
  indicator.textContent = (connected ? indicator.dataset.on : indicator.dataset.off) ?? "";
}

/** @param {readonly string[]} topics */
function announce(topics) {
  if (!("htmx" in window)) setTimeout(() => location.reload(), WITHOUT_FRAGMENTS_MS);
  for (const topic of topics) document.body.dispatchEvent(new CustomEvent(`live-${topic}`));
}

function open() {
  if (!address || source) return;
  source = new EventSource(address);
  source.addEventListener("open", () => {
    retryMs = FIRST_RETRY_MS;
    show(true);
  });
  source.addEventListener("changed", (event) => announce(JSON.parse(event.data).topics));
  source.addEventListener("resync", () => announce(TOPICS));
  source.addEventListener("signed-out", () => location.reload());
  source.addEventListener("error", () => {
    show(false);
    // The browser reconnects by itself unless the hub answered with an error.
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    setTimeout(open, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  });
}

function close() {
  source?.close();
  source = null;
}

/** What each marked figure showed before a swap. @type {Map<string, string>} */
const before = new Map();

document.body.addEventListener("htmx:beforeSwap", () => {
  before.clear();
  for (const figure of document.querySelectorAll("[data-figure]")) {
    before.set(/** @type {HTMLElement} */ (figure).dataset.figure ?? "", figure.textContent ?? "");
  }
});

document.body.addEventListener("htmx:afterSettle", () => {
  for (const figure of document.querySelectorAll("[data-figure]")) {
    const name = /** @type {HTMLElement} */ (figure).dataset.figure ?? "";
    if (before.has(name) && before.get(name) !== figure.textContent) figure.classList.add("changed");
  }
  before.clear();
});

// A page put aside for the back button must not hold a connection; a page brought back is stale.
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", (event) => {
  open();
  if (event.persisted) announce(TOPICS);
});
