// A case that has just come cannot have been read: for a moment nothing that is pressed judges it.
import { announce } from "./wire.js";

const REST_MILLISECONDS = 300;
// The look of it ends a frame later, so that what looks awake is awake.
const FRAME_MILLISECONDS = 20;

// Long enough to be read by somebody who looks elsewhere.
const TOLD_MILLISECONDS = 2500;

let until = -Infinity;
let told;

/** Return when the verdicts of the case in sight wake up, on the clock of events. */
export const restsUntil = () => until;

/** Whether something was pressed too early, by its own time: a busy page must not make it look later. */
export const rests = (event) => event.timeStamp < until;

/** Let the verdicts of this form rest: its case, or what the machine says of it, is new. */
export function rest(form) {
  until = performance.now() + REST_MILLISECONDS;
  form.toggleAttribute("data-resting", true);
  setTimeout(() => form.removeAttribute("data-resting"), REST_MILLISECONDS + FRAME_MILLISECONDS);
}

/** Say that what was pressed did nothing: it was meant for what was in sight before. */
export function tellTooEarly() {
  const sign = document.getElementById("too-early");
  if (!sign) return;
  sign.hidden = false;
  announce(sign.textContent.trim());
  clearTimeout(told);
  told = setTimeout(() => (sign.hidden = true), TOLD_MILLISECONDS);
}
