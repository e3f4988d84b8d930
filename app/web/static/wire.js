// How a page talks to the server: it sends, and says plainly what became of it.
import { limited } from "./abort.js";
import { worded } from "./worded.js";

export class LoggedOut extends Error {}
/** This page was made for somebody else than who is logged in now: as good as logged out. */
export class OtherAccount extends LoggedOut {}
export class Unreachable extends Error {}

// After this long a person should hear that nothing came back.
const PATIENCE_MILLISECONDS = 15_000;

/** Return {status, text}. Throws LoggedOut, or Unreachable when no answer of ours came back. */
export async function send(address, { method = "GET", body, signal } = {}) {
  const limit = limited(PATIENCE_MILLISECONDS, signal);
  try {
    return readable(await answered(address, { method, body, signal: limit.signal }));
  } catch (error) {
    if (signal?.aborted || error instanceof LoggedOut || error instanceof Unreachable) throw error;
    throw new Unreachable(worded("The server could not be reached."));
  } finally {
    limit.end();
  }
}

/** Return the whole answer: one that breaks off is none. */
async function answered(address, options) {
  const headers = { "X-Fragment": "1", ...pageOf() };
  const response = await fetch(address, { ...options, headers, redirect: "manual", cache: "no-store" });
  const isForOthers = response.headers.has("X-Other-Account");
  const outBecause = response.headers.get("X-Logged-Out-Because");
  return { type: response.type, status: response.status, isForOthers, outBecause, text: await response.text() };
}

function readable({ type, status, isForOthers, outBecause, text }) {
  // An administrator closed this account, signed it out, or gave it another role.
  if (outBecause) throw new LoggedOut(decodeURIComponent(outBecause));
  if (type === "opaqueredirect" || status === 401) throw new LoggedOut(worded("You have been logged out."));
  if (isForOthers) throw new OtherAccount(worded("Another account is logged in in this browser now."));
  if (status >= 500) throw new Unreachable(worded("The server could not do it just now."));
  return { status, text };
}

/** Say whom this page was made for. */
function pageOf() {
  const account = document.documentElement.dataset.pageOf;
  return account ? { "X-Page-Of": account } : {};
}

/** Return a form's fields, with those of the button that sends it, as a form would encode them. */
export function fieldsOf(form, button) {
  return new URLSearchParams(new FormData(form, button));
}

/** Let a screen reader say it. */
export function announce(sentence) {
  document.getElementById("announcer").textContent = sentence;
}
