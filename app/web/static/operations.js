// The operations page, live: the server sends its numbers as it draws them, and what changed is put in its place.
import { SharedStream } from "./shared_stream.js";
import { announce } from "./wire.js";
import { worded } from "./worded.js";

const live = document.getElementById("live");
const said = document.getElementById("live-words");
const BROKEN = worded("Nothing was heard for a while; trying again.");
const REFUSED = worded("No live numbers just now: too many watch, you were logged out, or another account logged in. Trying again.");

/** While a pointer is down nothing moves under it: a click would miss. */
let isPressed = false;
let waiting;

function tell(state, sentence) {
  live.dataset.state = state;
  if (said.textContent !== sentence) said.textContent = sentence;
}

/** Put one part in the place of the one there; what stood open stays open, and focus stays where it was. */
function swap(here, there) {
  const comparable = there.cloneNode(true);
  const open = [...here.querySelectorAll("details")].map((each) => each.open);
  [comparable, there].forEach((part) =>
    part.querySelectorAll("details").forEach((each, place) => (each.open = open[place] ?? false)),
  );
  if (here.isEqualNode(comparable)) return;
  const focused = here.contains(document.activeElement) ? document.activeElement : undefined;
  const place = focused && [...here.querySelectorAll("a, summary, [tabindex]")].indexOf(focused);
  const scrolled = [...here.querySelectorAll(".scroll")].map((each) => each.scrollTop);
  here.replaceWith(there);
  there.querySelectorAll(".scroll").forEach((each, number) => (each.scrollTop = scrolled[number] ?? 0));
  if (!focused) return;
  const href = focused.getAttribute("href");
  const same = href && there.querySelector(`a[href="${CSS.escape(href)}"]`);
  (same || there.querySelectorAll("a, summary, [tabindex]")[place])?.focus({ preventScroll: true });
}

function show(text) {
  if (isPressed) {
    waiting = text;
    return;
  }
  const answer = new DOMParser().parseFromString(text, "text/html");
  const [before, after] = [document.getElementById("operations"), answer.getElementById("operations")];
  if (!after) return;
  const more = Number(after.dataset.breached) - Number(before.dataset.breached);
  before.dataset.breached = after.dataset.breached;
  for (const there of after.querySelectorAll("[id^='operations-']")) {
    const here = document.getElementById(there.id);
    if (here) swap(here, there);
  }
  if (more > 0) announce(more === 1 ? worded("One more case has waited too long.") : worded("%(more)s more cases have waited too long.", { more }));
}

function told(name, data) {
  if (name === "operations") {
    tell("live", worded("Live"));
    show(data);
  } else {
    tell("away", { broken: BROKEN, refused: REFUSED }[name] ?? data);
  }
}

const stream = new SharedStream(`/operations/events?page_of=${document.documentElement.dataset.pageOf}`, {
  events: ["operations", "away"],
  who: document.querySelector("[name=csrf_token]").value,
  asked: "/operations",
  told,
});

addEventListener("pointerdown", () => (isPressed = true));
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () =>
    // Only after the click that follows.
    setTimeout(() => {
      isPressed = false;
      if (waiting) show(waiting);
      waiting = undefined;
    }),
  );
}
// A page nobody sees needs no stream.
document.addEventListener("visibilitychange", () => (document.hidden ? stream.stop() : stream.start()));
addEventListener("pagehide", () => stream.stop());
addEventListener("pageshow", (event) => event.persisted && stream.start());
tell("still", worded("Asking for live numbers."));
stream.start();
