// Beside a moment that matters stands the clock of this browser, where the page was made by another one.
import { worded } from "./worded.js";

const { lang, dataset } = document.documentElement;
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
const PARTS = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
const format = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, PARTS);

/** Whether the page's clock and this one show the same at a moment. */
const isTheSame = (at) =>
  format.format(at) === new Intl.DateTimeFormat(format.resolvedOptions().locale, { ...PARTS, timeZone: dataset.zone }).format(at);

/** Tell the moments that ask for it in the browser's own zone. */
export function tellLocally() {
  for (const place of document.querySelectorAll("[data-local-of]")) {
    const at = new Date(place.dataset.localOf);
    if (Number.isNaN(at.getTime()) || !timeZone || isTheSame(at)) continue;
    place.textContent = worded("%(time)s for you", { time: format.format(at) });
    place.hidden = false;
  }
}

tellLocally();
