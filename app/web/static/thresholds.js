// Two bounds to drag or to move by keys; what they would have done follows them.
import { fieldsOf, LoggedOut, send } from "./wire.js";

const FINE = 0.05;
const COARSE = 0.5;
// Long enough not to ask for every pixel, short enough to feel like an answer.
const SETTLE_MILLISECONDS = 250;

const form = document.getElementById("bounds");
const chart = document.getElementById("histogram");
const approve = document.getElementById("bound-approve");
const decline = document.getElementById("bound-decline");
const low = Number(chart.dataset.low);
const high = Number(chart.dataset.high);

let asking;
let timer;

const percentOf = (value) => Math.min(100, Math.max(0, ((value - low) / (high - low)) * 100));
const valueAt = (clientX) => {
  const box = chart.getBoundingClientRect();
  return low + ((clientX - box.left) / box.width) * (high - low);
};

/** Draw zones and handles where the numbers say. */
function draw() {
  const [from, to] = [percentOf(approve.valueAsNumber), percentOf(decline.valueAsNumber)];
  if (Number.isNaN(from) || Number.isNaN(to)) return;
  place("legit", 0, from);
  place("unknown", from, Math.max(0, to - from));
  place("fraud", to, 100 - to);
  for (const handle of chart.querySelectorAll(".handle")) {
    const input = document.getElementById(handle.dataset.bound);
    handle.setAttribute("x", `${percentOf(input.valueAsNumber)}%`);
    handle.setAttribute("aria-valuenow", input.value);
    const says = `${handle.dataset.says} ${input.valueAsNumber.toFixed(2).replace("-", "\u2212")}`;
    handle.setAttribute("aria-valuetext", says);
    handle.querySelector("text").textContent = says;
  }
}

function place(zone, at, width) {
  const area = chart.querySelector(`[data-zone="${zone}"]`);
  area.setAttribute("x", `${at}%`);
  area.setAttribute("width", `${width}%`);
}

/** Move one bound; it stops at the other one. */
function move(input, value) {
  const [least, most] = input === approve ? [low, decline.valueAsNumber] : [approve.valueAsNumber, high];
  const rounded = Math.round(Math.min(most, Math.max(least, value)) * 100) / 100;
  // Rounding must not carry it past the other bound.
  input.value = String(Math.min(most, Math.max(least, rounded)));
  changed();
}

function changed() {
  draw();
  clearTimeout(timer);
  timer = setTimeout(ask, SETTLE_MILLISECONDS);
}

/** Ask what these values would have done, and show the newest answer only. */
async function ask() {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const place = document.getElementById("simulation");
  place.setAttribute("aria-busy", "true");
  try {
    const { status, text } = await send("/thresholds/simulate", { method: "POST", body: fieldsOf(form), signal });
    if (status !== 200 && status !== 422) throw new Error("The server refused it. Reload the page and try again.");
    show(place, new DOMParser().parseFromString(text, "text/html").body);
  } catch (error) {
    if (signal.aborted) return;
    const sentence = document.createElement("p");
    sentence.className = "notice is-problem";
    sentence.textContent = error instanceof LoggedOut ? `${error.message} Reload the page.` : error.message;
    place.replaceChildren(sentence);
  }
  place.removeAttribute("aria-busy");
}

function show(place, body) {
  place.replaceChildren(...body.childNodes);
  const field = place.querySelector("[data-field]")?.dataset.field;
  for (const input of form.elements) {
    if (input.name) input.toggleAttribute("aria-invalid", input.name === field);
  }
}

/** A step by keys: fine, or coarse with Shift or Page. */
function stepOf(event) {
  const size = event.shiftKey || event.key.startsWith("Page") ? COARSE : FINE;
  if (["ArrowRight", "ArrowUp", "PageUp"].includes(event.key)) return size;
  if (["ArrowLeft", "ArrowDown", "PageDown"].includes(event.key)) return -size;
  return 0;
}

function onKey(event, input) {
  const isSideways = ["ArrowLeft", "ArrowRight"].includes(event.key);
  const step = event.currentTarget === input && isSideways ? 0 : stepOf(event);
  if (!step) return;
  event.preventDefault();
  move(input, input.valueAsNumber + step);
}

/** Make a handle a slider for hand and keyboard. */
function arm(handle) {
  const input = document.getElementById(handle.dataset.bound);
  handle.dataset.says = input === approve ? "approve up to" : "decline from";
  const facts = { role: "slider", tabindex: "0", "aria-label": handle.dataset.says, "aria-valuemin": low, "aria-valuemax": high };
  for (const [name, value] of Object.entries(facts)) handle.setAttribute(name, value);
  handle.addEventListener("keydown", (event) => onKey(event, input));
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    handle.focus();
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) move(input, valueAt(event.clientX));
  });
  input.addEventListener("keydown", (event) => onKey(event, input));
}

if (!approve.disabled) {
  for (const handle of chart.querySelectorAll(".handle")) arm(handle);
  form.addEventListener("input", (event) => event.target.id !== "reason" && changed());
  form.addEventListener("reset", () => setTimeout(changed));
  document.getElementById("simulate").hidden = true;
  draw();
  if (!document.querySelector("#simulation table, #simulation .notice")) ask();
}
