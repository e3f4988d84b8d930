// What the queue adds when scripts run: X selects the row one is at, and all of a page are selected in place.
import { isComposed, meaningOf } from "./strokes.js";

const boxes = [...document.querySelectorAll(".queue .pick input")];

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".queue tbody tr");
  if (!row || isComposed(event) || meaningOf(event) !== "x") return;
  const box = row.querySelector(".pick input");
  if (box) box.checked = !box.checked;
});

document.getElementById("choose-all")?.addEventListener("click", (event) => {
  event.preventDefault();
  const selects = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = selects;
});
