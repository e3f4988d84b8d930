// The key of the question mark opens the help, on every page that does not show keys of its own by it.
import { isComposed, isWriting, meaningOf } from "./strokes.js";

document.addEventListener("keydown", (event) => {
  if (isComposed(event) || isWriting(event.target) || meaningOf(event) !== "?") return;
  if (document.getElementById("help")) return;
  document.getElementById("open-help")?.click();
});
