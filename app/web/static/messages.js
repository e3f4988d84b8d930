// How many messages wait, kept true on every page by the one stream that all pages of a browser share; and what the
// browser may show of them over everything else, where somebody asked for that.
import { SharedStream } from "./shared_stream.js";

const link = document.getElementById("my-messages");
/** What a browser has shown; the server names messages for a few minutes. */
const MOST_KEPT = 100;
const account = document.documentElement.dataset.pageOf;

/** The header is drawn anew with every case of the review page. */
function show(unread) {
  const count = document.getElementById("unread");
  if (!count || count.textContent === (unread || "0")) return;
  count.textContent = unread || "0";
  document.getElementById("my-messages").classList.toggle("has-unread", unread !== "");
}

/** Show what is new to this browser; several pages that show the same show it once, by its tag. */
function notify(messages) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const key = `tertium-notified-${account}`;
  try {
    const before = JSON.parse(localStorage.getItem(key) ?? "[]");
    const fresh = messages.filter((each) => !before.includes(each.handle));
    if (!fresh.length) return;
    localStorage.setItem(key, JSON.stringify([...before, ...fresh.map((each) => each.handle)].slice(-MOST_KEPT)));
    fresh.forEach(open);
  } catch {
    // Without storage each of them would come again and again; the number says it as well.
  }
}

function open({ handle, sentence }) {
  const shown = new Notification("Tertium", { body: sentence, tag: `tertium-${handle}` });
  shown.addEventListener("click", () => {
    window.focus();
    location.assign("/my/messages");
  });
}

function told(name, data) {
  if (name !== "messages") return;
  const { unread, notified } = JSON.parse(data);
  show(unread);
  notify(notified);
}

if (link) {
  const stream = new SharedStream(`/my/messages/events?page_of=${account}`, {
    events: ["messages", "away"],
    who: document.querySelector("[name=csrf_token]").value,
    asked: "/my/messages/state",
    told,
  });
  addEventListener("pagehide", () => stream.stop());
  // A page in the background listens as well: notifications are for those who look elsewhere.
  addEventListener("pageshow", (event) => event.persisted && stream.start());
  stream.start();
}
