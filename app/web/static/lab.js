// What a draft would have done follows its values: the figures at once, the pictures when it rests.
import { armHandles } from "./handles.js";
import { announce, fieldsOf, LoggedOut, send } from "./wire.js";

// Long enough not to ask for every pixel, short enough to feel like an answer.
const SETTLE_MILLISECONDS = 120;
const REST_MILLISECONDS = 700;
/** What is typed without changing what would have happened. */
const WORDS = /^(reason|answer\.)/;

const form = document.getElementById("bench");
const chart = document.getElementById("histogram");

/** Ask an address with the form's values after a pause; only the newest answer is shown. */
function asking(address, pause, show) {
  let timer;
  let asked;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asked?.abort();
      asked = new AbortController();
      const { signal } = asked;
      try {
        const { status, text } = await send(address, { method: "POST", body: fieldsOf(form), signal });
        if (status !== 200 && status !== 422) throw new Error("The server refused it. Reload the page and try again.");
        show(new DOMParser().parseFromString(text, "text/html"));
      } catch (error) {
        if (!signal.aborted) complain(error);
      }
    }, pause);
  };
}

function complain(error) {
  const sentence = document.createElement("p");
  sentence.className = "notice is-problem";
  sentence.textContent = error instanceof LoggedOut ? `${error.message} Reload the page.` : error.message;
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
    if (input.name) input.toggleAttribute("aria-invalid", input.name === field);
  }
  figures.removeAttribute("aria-busy");
  const said = figures.querySelector("[role=alert]") ?? figures.querySelector("tbody tr:nth-child(2)");
  if (said) announce(said.textContent.replace(/\s+/g, " ").trim());
}

const askFigures = asking("/thresholds/simulate", SETTLE_MILLISECONDS, showFigures);
const askPictures = asking("/thresholds/curves", REST_MILLISECONDS, showPictures);

function showPictures(answer) {
  swap(answer, ["curve", "reliability", "load"]);
  const drawn = answer.getElementById("histogram");
  // Its bars are of a window: of another one they are others, while a dragged bound leaves them alone.
  if (!chart || !drawn || drawn.dataset.window === chart.dataset.window) return;
  swap(answer, ["histogram-bars", "histogram-table"]);
  for (const name of ["window", "low", "high"]) chart.dataset[name] = drawn.dataset[name];
  redraw();
}

function changed() {
  document.getElementById("figures").setAttribute("aria-busy", "true");
  askFigures();
  askPictures();
}

const approve = document.getElementById("bound-approve");
let redraw = () => {};
if (chart && !approve.matches(":disabled")) {
  redraw = armHandles(chart, approve, document.getElementById("bound-decline"), changed);
}
form.addEventListener("input", (event) => {
  if (event.target.name && !WORDS.test(event.target.name)) changed();
});
const simulate = document.getElementById("simulate");
if (simulate) simulate.hidden = true;
