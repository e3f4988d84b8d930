// The desk without reloading: verdicts go by fetch, the next case is swapped in, nothing is lost in silence.
import { listen } from "./keys.js";
import { Lease } from "./lease.js";
import { announce, fieldsOf, LoggedOut, send } from "./wire.js";

let lease;
let isSending = false;

const caseTitle = () => document.getElementById("case");
const verdictForm = () => document.getElementById("verdict-form");
const noteKey = () => `note of case ${caseTitle().dataset.caseId}`;

/** Make the screen that is there now work. */
function settle() {
  lease?.stop();
  lease = undefined;
  const form = verdictForm();
  if (!form) return poll();
  const note = document.getElementById("note");
  note.value ||= sessionStorage.getItem(noteKey()) ?? "";
  note.addEventListener("input", () => sessionStorage.setItem(noteKey(), note.value));
  lease = new Lease(document.getElementById("countdown"), form, caseLost);
}

/** Replace the screen by the one in an answer, and tell those who cannot see it. */
function swap(text, spoken) {
  const screen = new DOMParser().parseFromString(text, "text/html").getElementById("screen");
  if (!screen) throw new Error("The answer holds no screen.");
  document.getElementById("screen").replaceWith(document.adoptNode(screen));
  document.title = "Desk · Tertium";
  settle();
  const title = caseTitle() ?? document.getElementById("nothing-title");
  title.focus({ preventScroll: true });
  scrollTo(0, 0);
  const cause = document.querySelector(".cause")?.textContent.trim().replace(/\s+/g, " ");
  announce(`${spoken} ${title.textContent.trim()}. ${cause ?? ""}`.trim());
}

async function submit(event) {
  const form = event.target;
  if (form.id !== "verdict-form") return;
  event.preventDefault();
  if (isSending || !event.submitter) return;
  const button = event.submitter;
  const key = noteKey();
  const body = fieldsOf(form, button);
  // Not `button.formAction`: without the attribute that is this page's own address.
  const address = button.getAttribute("formaction") ?? form.getAttribute("action");
  setSending(true);
  try {
    const { status, text } = await post(address, body);
    if (status !== 200 && status !== 409) throw new Error("The server refused it. Reload the page and try again.");
    if (status === 200) sessionStorage.removeItem(key);
    const last = status === 200 ? "Recorded." : "Not recorded.";
    swap(text, last);
  } catch (error) {
    notSent(error, button);
  } finally {
    setSending(false);
  }
}

/** Send a form; after a new login in another tab, once more with the new session's token. */
async function post(address, body) {
  const answer = await send(address, { method: "POST", body });
  if (answer.status !== 403) return answer;
  const fresh = new DOMParser().parseFromString((await send("/desk/fragment")).text, "text/html");
  body.set("csrf_token", fresh.getElementById("screen").dataset.csrf);
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
    const door = link("Log in in a new tab", "/login");
    return say("You have been logged out, so this was not recorded. Log in, come back, and press it again.", door);
  }
  const again = action(`Send “${what}” again`, () => button.click());
  say(`${error.message} “${what}” is not confirmed; your note is kept. Sending it again is safe.`, again);
}

/** The case went back to the queue while it was on screen. */
function caseLost(sentence) {
  for (const button of verdictForm().querySelectorAll("button")) button.disabled = true;
  say(`${sentence} Your note is kept in this browser.`, action("Show me the next case", next));
}

async function next() {
  try {
    const { text } = await send("/desk/fragment");
    swap(text, "");
  } catch (error) {
    if (error instanceof LoggedOut) return say(error.message, link("Log in", "/login?next=/desk"));
    say(`${error.message} Nothing is lost.`, action("Try again", next));
  }
}

/** Look every few seconds whether a case has come. */
function poll() {
  const nothing = document.querySelector("[data-poll-seconds]");
  if (!nothing) return;
  setTimeout(async () => {
    if (!nothing.isConnected) return;
    if (document.visibilityState !== "visible") return poll();
    try {
      const { text } = await send("/desk/fragment");
      if (text.includes('id="verdict-form"')) {
        swap(text, "A case has come.");
        document.title = "A case has come · Tertium";
        return;
      }
      refresh(text);
    } catch (error) {
      if (error instanceof LoggedOut) return say(error.message, link("Log in", "/login?next=/desk"));
      document.getElementById("poll-state").textContent = `${error.message} Looking again in a few seconds.`;
    }
    poll();
  }, Number(nothing.dataset.pollSeconds) * 1000);
}

/** Bring the figures up to date without moving anybody's focus. */
function refresh(text) {
  const screen = new DOMParser().parseFromString(text, "text/html");
  for (const part of [".figures", ".nothing .lead", "#poll-state"]) {
    const [old, fresh] = [document.querySelector(part), screen.querySelector(part)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
}

function say(sentence, ...ways) {
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
// Coming back by the browser's arrow shows an old case: look what is true now.
addEventListener("pageshow", (event) => event.persisted && next());
listen();
settle();
if (caseTitle()) caseTitle().focus({ preventScroll: true });
