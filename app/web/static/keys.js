// The desk's keys. They rest while somebody writes.

const BUTTONS = { f: "verdict-fraud", l: "verdict-legit", e: "verdict-escalate", s: "skip", z: "undo" };
// A key that bounces must not judge a case nobody has seen; a quick analyst must not lose a key.
const BOUNCE_MILLISECONDS = 80;

let pressed = { letter: "", at: -Infinity };

/** Return whether this is the same stroke once more. */
function bounces(letter) {
  const last = pressed;
  pressed = { letter, at: performance.now() };
  return last.letter === letter && pressed.at - last.at < BOUNCE_MILLISECONDS;
}

/** Return the letter of a key, also where another alphabet is set. */
function letterOf(event) {
  if (/^[ -~]$/.test(event.key)) return event.key.toLowerCase();
  return event.code.replace(/^(Key|Digit)/, "").toLowerCase();
}

function isWriting(target) {
  return target.matches?.("textarea, select, input:not([type=radio]), [contenteditable]") ?? false;
}

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.matches?.("input[type=radio]")) event.preventDefault();
    if (event.key === "Escape" && event.target.id === "note") {
      document.getElementById("case").focus();
    } else if (!event.repeat && !isWriting(event.target) && press(letterOf(event))) {
      event.preventDefault();
    }
  });
}

/** Do what a key means and return whether it meant anything. */
function press(letter) {
  const note = document.getElementById("note");
  const button = document.getElementById(BUTTONS[letter] ?? "");
  if (button) {
    if (!bounces(letter)) button.click();
  } else if (letter === "n" && note) {
    note.focus();
  } else if (letter === "?") {
    document.getElementById("help")?.togglePopover();
  } else {
    return pressNumber(letter);
  }
  return true;
}

/** Choose a way to skip while those are shown, else a reason; what needs a note leads there. */
function pressNumber(letter) {
  if (!/^[1-9]$/.test(letter)) return false;
  const ways = document.querySelector("#skip-ways:popover-open");
  const chosen = (ways ?? document).querySelectorAll(ways ? "[name=skip]" : "[name=reason]")[Number(letter) - 1];
  if (!chosen) return false;
  chosen.click();
  if (chosen.value === "other" && !ways) document.getElementById("note").focus();
  return true;
}
