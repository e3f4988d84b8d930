// The key of the help opens it, on every page that does not show keys of its own by it.
import { isComposed, isWriting, meaningOf } from "./strokes.js";

const { help } = JSON.parse(document.documentElement.dataset.keys || "{}");

document.addEventListener("keydown", (event) => {
  if (!help || isComposed(event) || isWriting(event.target) || meaningOf(event) !== help) return;
  if (document.getElementById("help")) return;
  document.getElementById("open-help")?.click();
});
