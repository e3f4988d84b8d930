// What a draft would have done follows its values: the figures at once, the pictures when it rests.
import { armBands } from "./bands.js";
import { armHandles } from "./handles.js";
import { announce, fieldsOf, LoggedOut, send } from "./wire.js";
import { worded } from "./worded.js";

// Long enough not to ask for every pixel, short enough to feel like an answer.
const SETTLE_MILLISECONDS = 120;
const REST_MILLISECONDS = 700;
/** What is typed without changing what would have happened. */
const WORDS = /^(reason|answer\.)/;

const form = document.getElementById("bench");
const chart = document.getElementById("histogram");
const save = document.getElementById("save-draft");

/** Ask an address with the form's values after a pause; only the newest answer is shown. */
function asking(address, pause, show) {
  let timer;
  let asked;
  return () => {
    clearTimeout(timer);
    // An answer about other values must not come to be shown meanwhile.
    asked?.abort();
    timer = setTimeout(async () => {
      asked = new AbortController();
      const { signal } = asked;
      try {
        const { status, text } = await send(address, { method: "POST", body: fieldsOf(form), signal });
        if (status !== 200 && status !== 422) throw new Error(worded("The server refused it. Reload the page and try again."));
        show(new DOMParser().parseFromString(text, "text/html"));
      } catch (error) {
        if (!signal.aborted) complain(error);
      }
    }, pause);
  };
}

function complain(error) {
  rest();
  const sentence = document.createElement("p");
  sentence.className = "notice is-problem";
  sentence.textContent = error instanceof LoggedOut ? `${error.message} ${worded("Reload the page.")}` : error.message;
  document.getElementById("figures").replaceChildren(sentence);
}

/** Put parts of an answer in the place of those that carry the same id; what stood open stays open. */
function swap(answer, ids) {
  for (const id of ids) {
    const [here, there] = [document.getElementById(id), answer.getElementById(id)];
    if (!here || !there) continue;
    const open = [...here.querySelectorAll("details")].map((each) => each.open);
    there.querySelectorAll("details").forEach((each, place) => (each.open = open[place] ?? false));
    here.replaceWith(there);
  }
}

function showFigures(answer) {
  swap(answer, ["figures"]);
  const figures = document.getElementById("figures");
  const field = figures.querySelector("[role=alert]")?.dataset.field;
  for (const input of form.elements) {
    if (input.name) mark(input, input.name === field);
  }
  rest();
  const said = figures.querySelector("[role=alert]") ?? figures.querySelector("tbody tr:nth-child(2)");
  if (said) announce(said.textContent.replace(/\s+/g, " ").trim());
}

/** Mark the field that cannot be meant as typed, where it can be seen. */
function mark(input, isWrong) {
  if (!isWrong) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    return;
  }
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", "mistake");
  const group = input.closest("details");
  if (group) group.open = true;
}

/** Let a draft be kept again: what is shown is what the fields say. */
function rest() {
  document.getElementById("figures").removeAttribute("aria-busy");
  if (save) save.disabled = false;
}

const askFigures = asking("/thresholds/simulate", SETTLE_MILLISECONDS, showFigures);
const askPictures = asking("/thresholds/curves", REST_MILLISECONDS, showPictures);

function showPictures(answer) {
  swap(answer, ["curve", "steps", "reliability", "load"]);
  const drawn = answer.getElementById("histogram");
  // Its bars are of a window: of another one they are others, while a dragged bound leaves them alone.
  if (!chart || !drawn || drawn.dataset.window === chart.dataset.window) return;
  swap(answer, ["histogram-bars", "histogram-table"]);
  for (const name of ["window", "low", "high"]) chart.dataset[name] = drawn.dataset[name];
  redraw();
}

function changed() {
  document.getElementById("figures").setAttribute("aria-busy", "true");
  // Only what was shown can be kept.
  if (save) save.disabled = true;
  askFigures();
  askPictures();
}

const approve = document.getElementById("bound-approve");
let redraw = () => {};
if (chart && !approve.matches(":disabled")) {
  redraw = armHandles(chart, approve, document.getElementById("bound-decline"), changed);
}
armBands(document.querySelector("table.bands"), document.getElementById("add-band"), changed);
form.addEventListener("input", (event) => {
  if (event.target.name && !WORDS.test(event.target.name)) changed();
});
const simulate = document.getElementById("simulate");
if (simulate) simulate.hidden = true;

/** Whether a field says something else than the page came with. */
function isTouched(field) {
  if (!field.name || WORDS.test(field.name)) return false;
  if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((each) => each.selected !== each.defaultSelected);
  return field.value !== field.defaultValue;
}

// What was typed before this script was there, or kept by the browser when the page came again, is no less a change.
if ([...form.elements].some(isTouched)) changed();
