// Keys of the review page: what a stroke means is said by strokes.js; here is what it does, and when it does nothing.
import { writeComment } from "./discussion.js";
import { openPanel, toggle } from "./panels.js";
import { rests, tellTooEarly } from "./rest.js";
import { isComposed, isWriting, meaningOf } from "./strokes.js";

// What this person's keys do; nothing at all where they have switched them off.
const keys = JSON.parse(document.documentElement.dataset.keys || "{}");
const moves = new Map(Object.entries(keys).map(([move, key]) => [key, move]));
moves.delete("");
const areOn = Boolean(document.documentElement.dataset.keys);
const BUTTONS = { fraud: "verdict-fraud", legit: "verdict-legit", escalate: "verdict-escalate", skip: "skip", undo: "undo" };
const VERDICTS = ["fraud", "legit", "escalate"];
// A key that bounces is one stroke; a quick analyst must not lose a key.
const BOUNCE_MILLISECONDS = 80;

let pressed = { meaning: "", at: -Infinity };

/** Return whether this is the same stroke once more. */
function bounces(meaning, event) {
  const last = pressed;
  pressed = { meaning, at: event.timeStamp };
  return last.meaning === meaning && Math.abs(event.timeStamp - last.at) < BOUNCE_MILLISECONDS;
}

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (isComposed(event)) return;
    if (event.key === "Enter" && event.target.matches?.("input[type=radio]")) event.preventDefault();
    if (scrolls(event)) event.preventDefault();
    if (event.key === "Escape" && ["note", "comment"].includes(event.target.id)) {
      document.getElementById("case").focus();
    } else if (!isWriting(event.target)) {
      const meaning = areOn ? meaningOf(event) : "";
      if (meaning && press(meaning, event)) event.preventDefault();
    }
  });
}

/** Scroll the reasons by the keys that scroll a page, where nothing else has the focus; return whether they did. */
function scrolls(event) {
  const isFree = event.target === document.body || event.target.id === "case";
  const part = document.querySelector(".why");
  const step = { PageDown: 0.9, PageUp: -0.9, ArrowDown: 0.1, ArrowUp: -0.1 }[event.key];
  const isModified = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
  if (!step || !isFree || isModified || openPanel() || !part || part.scrollHeight <= part.clientHeight) return false;
  part.scrollBy({ top: step * part.clientHeight });
  return true;
}

/** Do what a stroke means and return whether it meant anything; an open panel takes them all. */
function press(meaning, event) {
  const panel = openPanel();
  if (panel) return pressInPanel(panel, meaning, event);
  const note = document.getElementById("note");
  const move = moves.get(meaning);
  const button = document.getElementById(BUTTONS[move] ?? "");
  if (button) {
    if (bounces(meaning, event)) return true;
    if (VERDICTS.includes(move) && rests(event)) tellTooEarly();
    else button.click();
  } else if (move === "note" && note) {
    note.focus();
  } else if (move === "comment" && document.getElementById("comment")) {
    writeComment();
  } else if (move === "help") {
    toggle(document.getElementById("help"));
  } else {
    return choose("[name=reason]", meaning);
  }
  return true;
}

/** Skip by number, or close the panel by the key that opened it; no other key does anything behind it. */
function pressInPanel(panel, meaning, event) {
  const closes = { "skip-ways": keys.skip, help: keys.help }[panel.id];
  if (meaning === closes && !bounces(meaning, event)) toggle(panel);
  else if (panel.id === "skip-ways") choose("#skip-ways [name=skip]", meaning);
  return true;
}

/** Choose one of several by its number; what needs a note leads there. */
function choose(among, meaning) {
  if (!/^[1-9]$/.test(meaning)) return false;
  const chosen = document.querySelectorAll(among)[Number(meaning) - 1];
  if (!chosen) return false;
  chosen.click();
  if (chosen.name === "reason" && chosen.value === "other") document.getElementById("note").focus();
  return true;
}
