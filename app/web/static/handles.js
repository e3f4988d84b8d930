// Two bounds to drag over the chart of past payments, or to move by keys.
import { numberIn, unmistakable, written } from "./numbers.js";
import { worded } from "./worded.js";

const FINE = 0.05;
const COARSE = 0.5;

/**
 * Make the chart's handles sliders of these two inputs; `changed` hears of every move.
 * Returns what draws them anew where the chart's edges are others by now.
 */
export function armHandles(chart, approve, decline, changed) {
  let low = Number(chart.dataset.low);
  let high = Number(chart.dataset.high);
  const inputs = { "bound-approve": approve, "bound-decline": decline };
  const percentOf = (value) => Math.min(100, Math.max(0, ((value - low) / (high - low)) * 100));

  /** Draw zones and handles where the numbers say; out of order, what both claim goes to people. */
  function draw() {
    const [a, d] = [percentOf(numberIn(approve.value)), percentOf(numberIn(decline.value))];
    if (Number.isNaN(a) || Number.isNaN(d)) return;
    const [from, to] = [Math.min(a, d), Math.max(a, d)];
    place("legit", 0, from);
    place("unknown", from, to - from);
    place("fraud", to, 100 - to);
    for (const handle of chart.querySelectorAll(".handle")) drawHandle(handle);
  }

  function place(zone, at, width) {
    const area = chart.querySelector(`[data-zone="${zone}"]`);
    area.setAttribute("x", `${at}%`);
    area.setAttribute("width", `${width}%`);
  }

  function drawHandle(handle) {
    const value = numberIn(inputs[handle.dataset.bound].value);
    const says = `${handle.dataset.says} ${written(value, 2)}`;
    handle.setAttribute("x", `${percentOf(value)}%`);
    handle.setAttribute("aria-valuenow", String(value));
    handle.setAttribute("aria-valuetext", says);
    const label = handle.querySelector("text");
    label.textContent = says;
    keepInside(label, percentOf(value), handle.dataset.bound === "bound-decline");
  }

  /** Let a label stand beside its handle, or at the chart's own edge where it would be cut off. */
  function keepInside(label, at, isRight) {
    const [box, length] = [chart.getBoundingClientRect().width, label.getComputedTextLength()];
    const isCut = ((isRight ? 100 - at : at) / 100) * box + 11 < length;
    label.setAttribute("x", isCut ? `${isRight ? 100 - at : -at}%` : isRight ? -11 : 11);
    label.setAttribute("text-anchor", isCut === isRight ? "end" : "start");
  }

  /** Move one bound; by hand it stops at the other one. */
  function move(input, value) {
    const other = numberIn((input === approve ? decline : approve).value);
    // Where the other one is no number yet, neither is moved.
    if (Number.isNaN(value) || Number.isNaN(other)) return;
    const [least, most] = input === approve ? [low, other] : [other, high];
    const rounded = Math.round(Math.min(most, Math.max(least, value)) * 100) / 100;
    // Rounding must not carry it past the other bound.
    input.value = unmistakable(Math.min(most, Math.max(least, rounded)));
    draw();
    changed();
  }

  function valueAt(clientX) {
    const box = chart.getBoundingClientRect();
    return low + ((clientX - box.left) / box.width) * (high - low);
  }

  function onKey(event, input) {
    const isSideways = ["ArrowLeft", "ArrowRight"].includes(event.key);
    const step = event.currentTarget === input && isSideways ? 0 : stepOf(event);
    if (!step) return;
    event.preventDefault();
    move(input, numberIn(input.value) + step);
  }

  function arm(handle) {
    const input = inputs[handle.dataset.bound];
    handle.dataset.says = input === approve ? worded("approve up to") : worded("decline from");
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
    input.addEventListener("input", draw);
  }

  for (const handle of chart.querySelectorAll(".handle")) arm(handle);
  draw();
  return () => {
    [low, high] = [Number(chart.dataset.low), Number(chart.dataset.high)];
    for (const handle of chart.querySelectorAll(".handle")) {
      handle.setAttribute("aria-valuemin", low);
      handle.setAttribute("aria-valuemax", high);
    }
    draw();
  };
}

/** A step by keys: fine, or coarse with Shift or Page. */
function stepOf(event) {
  const size = event.shiftKey || event.key.startsWith("Page") ? COARSE : FINE;
  if (["ArrowRight", "ArrowUp", "PageUp"].includes(event.key)) return size;
  if (["ArrowLeft", "ArrowDown", "PageDown"].includes(event.key)) return -size;
  return 0;
}
