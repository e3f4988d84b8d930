// What a key stroke means, whatever the keyboard. The one rule:
//
// 1. A stroke means nothing while an input method or a modifier (Ctrl, Alt, AltGr, Meta) is at work, when it is a
//    dead key, and when it only repeats because the key is held down. Shift and Caps Lock do not matter to a letter.
// 2. Else it means what it types: a Latin letter in either case, a digit or a question mark of any script.
// 3. Where it types a letter of another script, it means the Latin letter of the key's place: KeyF is F in Greek.
//    So does Shift with the key of the question mark.
// 4. Without Shift the row of digits means its digits also where those need Shift (AZERTY, Czech).
//
// So a Latin layout is read by its letters and never by places: F of a Dvorak keyboard is where Dvorak has it, and
// an accented letter means nothing.

const MODIFIERS = ["Control", "Alt", "AltGraph", "Meta", "OS", "Super", "Hyper", "Symbol"];
// WebKit says so of strokes that ended a composition, too.
const KEY_CODE_OF_INPUT_METHODS = 229;
const OF_ANOTHER_SCRIPT = /^[\p{L}\p{M}]+$/u;
const OF_NO_OTHER_SCRIPT = /[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u;
// Above the Latin blocks of Unicode.
const NOT_LATIN = /^[^\u0000-\u024f]+$/u;
const QUESTION_MARKS = "?؟？՞፧";

/** Whether an input method is at work: such a stroke is not for the page, not even Escape. */
export const isComposed = (event) =>
  event.isComposing || event.keyCode === KEY_CODE_OF_INPUT_METHODS || event.key === "Process";

/** Whether somebody writes there: then a letter is a letter. */
export const isWriting = (target) =>
  target.matches?.("textarea, select, input:not([type=radio]), [contenteditable]") ?? false;

/** Return what a stroke means: a small Latin letter, a digit, a question mark, or nothing. */
export function meaningOf(event) {
  // What fills in forms sends strokes without a key.
  if (typeof event.key !== "string" || event.repeat || isComposed(event) || isModified(event)) return "";
  return typed(event.key) || placed(event);
}

const isModified = (event) =>
  event.ctrlKey || event.altKey || event.metaKey || MODIFIERS.some((name) => event.getModifierState(name));

function typed(key) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  if (/^\p{Nd}$/u.test(key)) return digitOf(key.codePointAt(0));
  return key.length === 1 && QUESTION_MARKS.includes(key) ? "?" : "";
}

/** Return the ASCII digit of a decimal digit: those of a script follow each other, zero first. */
function digitOf(codePoint) {
  let zero = codePoint;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((codePoint - zero) % 10);
}

function placed({ key, code, shiftKey }) {
  const [, digit] = /^Digit([0-9])$/.exec(code) ?? [];
  if (digit) return !shiftKey && [...key].length === 1 ? digit : "";
  if (code === "Slash") return shiftKey && NOT_LATIN.test(key) ? "?" : "";
  if (!OF_ANOTHER_SCRIPT.test(key) || OF_NO_OTHER_SCRIPT.test(key)) return "";
  return /^Key[A-Z]$/.test(code) ? code.at(3).toLowerCase() : "";
}
