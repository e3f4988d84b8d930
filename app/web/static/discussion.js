// What a team says about a case: written without leaving the page, and what was typed and not sent is kept.
import { announce, fieldsOf, send } from "./wire.js";
import { worded } from "./worded.js";

const place = () => document.getElementById("comments");
const keyOf = (part) => `tertium-comment-${part.dataset.caseId}`;

/** Make the comments of a new screen work: bring back what was typed, and say that they were looked at. */
export function armDiscussion() {
  const part = place();
  if (!part) return;
  const field = part.querySelector("#comment");
  const kept = read(keyOf(part));
  if (field && kept && !field.value) field.value = kept;
  if (part.open) tellSeen(part);
}

/** Open the comments and begin to write. */
export function writeComment() {
  place().open = true;
  document.getElementById("comment").focus();
}

/** Say once that the comments in sight have been seen; the mark stays until the page is loaded again. */
async function tellSeen(part) {
  if (!part.hasAttribute("data-unread")) return;
  part.removeAttribute("data-unread");
  const body = new URLSearchParams({ through: part.dataset.newest, csrf_token: tokenOf(part) });
  await send(`/cases/${part.dataset.caseId}/comments/seen`, { method: "POST", body }).catch(() => {
    // They count as new for a little longer.
    part.setAttribute("data-unread", "");
  });
}

const tokenOf = () => document.querySelector("[name=csrf_token]").value;

/** Send a comment or an attachment, and show what is there now. */
async function submit(event) {
  const form = event.target;
  if (!form.matches?.("#comment-form, #attach-form")) return;
  event.preventDefault();
  const part = form.closest(".discussion");
  if (part.ariaBusy === "true") return;
  part.ariaBusy = "true";
  try {
    const isFile = form.id === "attach-form";
    const body = isFile ? new FormData(form) : fieldsOf(form, event.submitter);
    const { status, text } = await send(form.getAttribute("action"), { method: "POST", body });
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("comments");
    if (!fresh) throw new Error(worded("The server refused it. Load the page again."));
    if (status === 200 && !isFile) forget(keyOf(part));
    swap(part, fresh, isFile ? worded("Attached.") : worded("Posted."));
  } catch (error) {
    say(part, `${error.message} ${worded("What you wrote is kept; sending it again is safe.")}`);
  }
  part.ariaBusy = "false";
}

function swap(part, fresh, done) {
  fresh.open = true;
  // A comment begun before something is attached stays; one that was posted does not come back.
  const begun = fresh.querySelector("#comment");
  if (begun && done === worded("Attached.")) begun.value = part.querySelector("#comment").value;
  part.replaceWith(document.adoptNode(fresh));
  const told = fresh.querySelector(".notice");
  announce(told ? told.textContent : done);
  fresh.querySelector("#comment")?.focus({ preventScroll: true });
  armDiscussion();
}

function say(part, sentence) {
  part.querySelector(".notice")?.remove();
  const notice = document.createElement("p");
  notice.className = "notice is-problem";
  notice.setAttribute("role", "alert");
  notice.textContent = sentence;
  part.querySelector("summary").after(notice);
}

function read(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept, either.
  }
}

document.addEventListener("submit", submit);
document.addEventListener("input", (event) => {
  if (event.target.id !== "comment") return;
  try {
    sessionStorage.setItem(keyOf(event.target.closest(".discussion")), event.target.value);
  } catch {
    // Without storage what is typed lives as long as this case is on the screen.
  }
});
// What happens to a part does not rise to the document; on its way down it passes.
document.addEventListener(
  "toggle",
  (event) => event.target.id === "comments" && event.target.open && tellSeen(event.target),
  true,
);
armDiscussion();
