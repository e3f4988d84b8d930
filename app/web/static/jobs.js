// Jobs, live: while one goes on, the page is asked for again every two seconds, and what changed is put in its place.
import { announce, LoggedOut, send } from "./wire.js";
import { worded } from "./worded.js";

const AGAIN_MILLISECONDS = 2_000;
const main = document.getElementById("main");

/** Put each part in the place of the one there; one that holds the focus stays, unless what it offers is gone. */
function show(there) {
  for (const part of there.querySelectorAll("[data-part]")) {
    const here = document.getElementById(part.id);
    if (!here || here.isEqualNode(part) || here.contains(document.activeElement)) continue;
    here.replaceWith(part);
  }
}

/** A page whose jobs have all ended is made anew, so that nothing on it is older than the end. */
async function look() {
  if (main.dataset.live !== "true") return;
  try {
    const { status, text } = await send(location.href);
    const there = new DOMParser().parseFromString(text, "text/html").getElementById("main");
    if (status === 200 && there) {
      show(there);
      if (there.dataset.live !== "true") {
        main.dataset.live = "false";
        document.activeElement?.closest("[data-part]") && document.activeElement.blur();
        show(there);
        announce(document.getElementById("outcome")?.textContent ?? worded("No job runs any more."));
        return;
      }
    }
  } catch (error) {
    if (error instanceof LoggedOut) return;
  }
  setTimeout(look, AGAIN_MILLISECONDS);
}

setTimeout(look, AGAIN_MILLISECONDS);
