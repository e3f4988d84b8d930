// What a page of groups adds when scripts run: time out of sight is not counted, and an undo that is over goes.
import { now } from "./clock.js";

const form = document.querySelector(".judging");
const undo = document.getElementById("undo");

if (form) {
  let before = 0;
  let since = document.visibilityState === "hidden" ? now() : undefined;
  const hidden = () => before + (since === undefined ? 0 : now() - since);

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      since ??= now();
    } else {
      before = hidden();
      since = undefined;
    }
  });
  form.addEventListener("submit", () => {
    form.elements.hidden_milliseconds.value = Math.min(Math.round(hidden()), 86_400_000);
  });
}

if (undo) {
  setTimeout(() => undo.remove(), Number(undo.dataset.undoSeconds) * 1000);
}
