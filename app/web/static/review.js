// The review page without reloading: what is sent goes by fetch, the next case lies ready, nothing is lost in silence.
import { armDiscussion } from "./discussion.js";
import { keepDraft, saveDraft } from "./draft.js";
import { listen } from "./keys.js";
import { Lease } from "./lease.js";
import { tellLocally } from "./local_time.js";
import { armPanels, closePanel } from "./panels.js";
import { Ready } from "./ready.js";
import { foldAsLeft } from "./remembered.js";
import { rest, rests, tellTooEarly } from "./rest.js";
import { askLocally } from "./wait_zone.js";
import { announce, fieldsOf, LoggedOut, send } from "./wire.js";
import { worded } from "./worded.js";

let lease;
let isSending = false;
// What was pressed on the case in sight while the verdict on the one before was still under way.
let pressedMeanwhile;
const ready = new Ready();
const DONE = { "verdict-form": worded("Recorded."), last: worded("Undone.") };

const caseTitle = () => document.getElementById("case");
const verdictForm = () => document.getElementById("verdict-form");
const screenIn = (text) => new DOMParser().parseFromString(text, "text/html").getElementById("screen");
const caseIn = (screen) => screen?.querySelector("#case")?.dataset.caseId;
const holdIn = (screen) => screen?.querySelector("#verdict-form")?.token.value;

/** Make the screen that is there now work. */
function settle() {
  lease?.stop();
  lease = undefined;
  countUndoDown();
  armPanels();
  foldAsLeft();
  tellLocally();
  askLocally();
  armDiscussion();
  const form = verdictForm();
  if (!form) return poll();
  keepDraft(form);
  lease = new Lease(document.getElementById("countdown"), form, caseLost);
  form.hidden_milliseconds.value = 0;
}

/** Put a screen in the place of the one that is there, and tell those who cannot see it. */
function show(screen, spoken) {
  closePanel();
  const old = document.getElementById("screen");
  old.replaceWith(document.adoptNode(screen));
  document.title = `${worded("Review")} · Tertium`;
  if (verdictForm()) rest(verdictForm());
  settle();
  const title = caseTitle() ?? document.getElementById("nothing-title");
  title.focus({ preventScroll: true });
  scrollTo(0, 0);
  const cause = document.querySelector(".cause")?.textContent.trim().replace(/\s+/g, " ");
  announce(`${spoken} ${title.textContent.trim()}. ${cause ?? ""}`.trim());
  return old;
}

/** Bring the screen to what the server says: whole, or only around the case that lies there already. */
function reconcile(text, spoken) {
  const screen = screenIn(text);
  if (!screen) throw new Error("The answer holds no screen.");
  const isThere = caseIn(screen) && caseIn(screen) === caseTitle()?.dataset.caseId;
  // A case that was lost and came back is held anew, by another token.
  if (!isThere || holdIn(screen) !== holdIn(document) || isAsked(screen)) {
    show(screen, spoken);
  } else {
    for (const part of [".figures", "#last"]) {
      document.querySelector(part)?.replaceWith(document.adoptNode(screen.querySelector(part)));
    }
    settle();
  }
  ready.fetchNext();
}

/** Whether a screen says something about its own case that must be seen. */
const isAsked = (screen) => Boolean(screen.querySelector("#first-said, #notice"));

async function submit(event) {
  const form = event.target;
  if (!form.action.includes("/review/") || !form.matches("#verdict-form, #last, #skip-ways form")) return;
  event.preventDefault();
  const button = event.submitter;
  if (isSending) pressedMeanwhile = button;
  if (isSending || !button) return;
  const body = fieldsOf(form, button);
  if (lease) body.set("hidden_milliseconds", Math.round(lease.hiddenMilliseconds()));
  const saved = form === verdictForm() ? undefined : saveDraft();
  const offer = offerOf(form, button);
  const before = bringsNext(form, button) ? swapReady() : undefined;
  const offered = putOffer(offer);
  setSending(true);
  try {
    await saved;
    const { status, text } = await post(form.getAttribute("action"), body);
    if (status !== 200 && status !== 409) throw new Error(worded("The server refused it. Reload the page and try again."));
    reconcile(text, status === 200 ? DONE[form.id] ?? worded("Done.") : worded("Not recorded."));
  } catch (error) {
    pressedMeanwhile = undefined;
    if (before) show(before, worded("Not recorded."));
    else if (offer) putOffer(offered);
    notSent(error, button);
  } finally {
    setSending(false);
    pressNow();
  }
}

/** Do what was pressed meanwhile, if the case it was pressed for is still the one in sight; an undo in any case. */
function pressNow() {
  const button = pressedMeanwhile;
  pressedMeanwhile = undefined;
  if (!button) return;
  if (button.isConnected) return button.click();
  const undo = document.getElementById("undo");
  const isSame = undo && button.id === "undo" && undo.form.getAttribute("action") === button.form.getAttribute("action");
  if (isSame) undo.click();
  else if (verdictForm()) tellTooEarly();
}

/**
 * Return what belongs beside the next case while the server has not answered yet: the way back from this verdict,
 * or from the one before, where this is none. A first verdict is answered by the score, and can be changed then.
 */
function offerOf(form, button) {
  if (form.id === "last" || !bringsNext(form, button)) return undefined;
  if (form !== verdictForm()) return document.getElementById("last").cloneNode(true);
  return document.getElementById("undo-this").content.firstElementChild.cloneNode(true);
}

/** Put an offer to undo in its place, and return what was there. */
function putOffer(offer) {
  const old = document.getElementById("last");
  if (!offer) return old;
  old.replaceWith(offer);
  countUndoDown();
  return old;
}

/** Whether another case follows: not where a verdict is only the first of two, and not when one is undone. */
const bringsNext = (form, button) =>
  form.id !== "last" && (form.dataset.first === undefined || button.value === "escalate");

/** Show the next case at once, where it lies ready; return the screen that was there. */
function swapReady() {
  const screen = ready.take();
  return screen && show(screen, "");
}

/** Send a form; after a new login in another tab, once more with the new session's token. */
async function post(address, body) {
  const answer = await send(address, { method: "POST", body });
  if (answer.status !== 403) return answer;
  body.set("csrf_token", screenIn((await send("/review/fragment")).text).dataset.csrf);
  return send(address, { method: "POST", body });
}

function setSending(now) {
  isSending = now;
  document.getElementById("screen").toggleAttribute("aria-busy", now);
}

/** Say that a verdict may not have arrived; case and note stay where they are. */
function notSent(error, button) {
  const what = button.textContent.replace(/^\s*\w\s+/, "").trim();
  if (error instanceof LoggedOut) {
    const door = link(worded("Log in in a new tab"), "/login");
    return say(`${error.message} ${worded("This was not recorded. Log in, come back, and press it again.")}`, door);
  }
  const again = action(worded("Send “%(what)s” again", { what }), () => button.click());
  const kept = worded("“%(what)s” is not confirmed; your note is kept. Sending it again is safe.", { what });
  say(`${error.message} ${kept}`, again);
}

/** The case went back to the queue while it was on screen; where nobody came, a verdict still counts. */
function caseLost(sentence, isGone) {
  for (const button of verdictForm().querySelectorAll("button")) button.disabled ||= isGone;
  say(`${sentence} ${worded("Your note is kept with the case.")}`, action(worded("Show me the next case"), next));
}

async function next() {
  try {
    show(screenIn((await send("/review/fragment")).text), "");
    ready.fetchNext();
  } catch (error) {
    if (error instanceof LoggedOut) return say(error.message, link(worded("Log in"), "/login?next=/review"));
    say(`${error.message} ${worded("Nothing is lost.")}`, action(worded("Try again"), next));
  }
}

/** Let the way back vanish when it is no longer one. */
function countUndoDown() {
  const button = document.getElementById("undo");
  if (button) setTimeout(() => button.remove(), Number(button.dataset.undoSeconds) * 1000);
}

/** Look every few seconds whether a case has come. */
function poll() {
  const nothing = document.querySelector("[data-poll-seconds]");
  if (!nothing) return;
  setTimeout(async () => {
    if (!nothing.isConnected) return;
    if (document.visibilityState !== "visible") return poll();
    try {
      const { text } = await send("/review/fragment");
      if (text.includes('id="verdict-form"')) {
        show(screenIn(text), worded("A case has come."));
        document.title = `${worded("A case has come")} · Tertium`;
        return ready.fetchNext();
      }
      refresh(text);
    } catch (error) {
      if (error instanceof LoggedOut) return say(error.message, link(worded("Log in"), "/login?next=/review"));
      document.getElementById("poll-state").textContent = `${error.message} ${worded("Looking again in a few seconds.")}`;
    }
    poll();
  }, Number(nothing.dataset.pollSeconds) * 1000);
}

/** Bring the figures up to date without moving anybody's focus. */
function refresh(text) {
  const screen = screenIn(text);
  for (const part of [".figures", ".nothing .lead", "#poll-state"]) {
    const [old, fresh] = [document.querySelector(part), screen.querySelector(part)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
}

function say(sentence, ...ways) {
  // Behind a panel nobody would be told.
  closePanel();
  const message = document.getElementById("message");
  const paragraph = document.createElement("p");
  paragraph.textContent = sentence;
  message.replaceChildren(paragraph, ...ways);
  message.hidden = false;
}

function action(name, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.addEventListener("click", act);
  return button;
}

function link(name, address) {
  const anchor = document.createElement("a");
  anchor.textContent = name;
  anchor.href = address;
  anchor.target = "_blank";
  return anchor;
}

document.addEventListener("submit", submit);
// The second half of a double click, or of two quick ones, would judge a case nobody has seen. A stroke of a key
// was looked at when it was pressed: what it clicks is not a person's click.
document.addEventListener("click", (event) => {
  const isTooSoon = event.isTrusted && (event.detail > 1 || rests(event));
  if (!isTooSoon || !event.target.closest?.("#verdict-form [name=judgement]")) return;
  event.preventDefault();
  tellTooEarly();
});
// Coming back by the browser's arrow shows an old case: look what is true now.
addEventListener("pageshow", (event) => event.persisted && next());
listen();
if (verdictForm()) rest(verdictForm());
settle();
if (caseTitle()) {
  caseTitle().focus({ preventScroll: true });
  ready.fetchNext();
}
