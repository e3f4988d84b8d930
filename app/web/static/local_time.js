// Moments are told in UTC, which everybody shares; beside one that matters stands the clock of whoever looks.
const format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** Tell the moments that ask for it in the browser's own zone, where that is another one than UTC. */
export function tellLocally() {
  for (const place of document.querySelectorAll("[data-local-of]")) {
    const at = new Date(place.dataset.localOf);
    if (Number.isNaN(at.getTime()) || at.getTimezoneOffset() === 0) continue;
    place.textContent = `${format.format(at)} for you`;
    place.hidden = false;
  }
}

tellLocally();
