// Until when a case waits is asked in the zone of whoever sits there; a page without scripts asks for UTC.
import { worded } from "./worded.js";

const two = (number) => String(Math.floor(number)).padStart(2, "0");

/** Return a moment as the field shows it, by the browser's own clock. */
const written = (at) =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;

/** Return how far a moment of the browser's own clock is from UTC, such as +02:00: summer time changes it. */
function offset(at) {
  const minutes = -at.getTimezoneOffset();
  return `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

/** Ask for the moment in the browser's zone, and say so. */
export function askLocally() {
  const field = document.getElementById("wait-until");
  const zone = field?.form.elements.zone;
  if (!zone || zone.value !== "Z") return;
  const proposed = new Date(`${field.value}Z`);
  field.value = written(proposed);
  const keep = () => {
    const at = new Date(field.value);
    if (!Number.isNaN(at.getTime())) zone.value = offset(at);
  };
  field.addEventListener("input", keep);
  keep();
  document.getElementById("wait-zone").textContent = worded("By your clock, at most 14 days ahead.");
}
