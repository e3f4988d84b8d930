// Until when a case waits is asked in the zone of whoever sits there; a page without scripts asks for UTC.
import { worded } from "./worded.js";

const two = (number) => String(Math.floor(number)).padStart(2, "0");

/** Return a moment as the field shows it, by the browser's own clock. */
const written = (at) =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;

/** Return a distance from UTC in minutes as it is written, such as +02:00. */
const distance = (minutes) =>
  `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;

const HOUR = 3_600_000;

/**
 * Say what a time means that the clock skips or shows twice, as it goes forward or back: one that is skipped is as
 * much later as the clock jumps, of two the first is meant. Empty for all others.
 */
function meaning(typed, at) {
  const shown = written(at);
  if (shown !== typed.slice(0, 16)) return worded("Your clock skips this time: %(shown)s is meant.", { shown: shown.slice(11) });
  const again = [HOUR, HOUR / 2].some((later) => written(new Date(at.getTime() + later)) === shown);
  return again ? worded("Your clock shows this time twice: the first is meant.") : "";
}

/** Ask for the moment in the browser's zone, and say so. */
export function askLocally() {
  const field = document.getElementById("wait-until");
  const zone = field?.form.elements.zone;
  if (!zone || zone.value !== "Z") return;
  const told = document.getElementById("wait-zone");
  field.value = written(new Date(`${field.value}Z`));
  const keep = () => {
    const at = new Date(field.value);
    if (Number.isNaN(at.getTime())) return;
    // From what was typed to the moment it means: the zone of the moment itself would be another where the clock jumps.
    zone.value = distance((new Date(`${field.value}Z`) - at) / 60_000);
    told.textContent = [worded("By your clock, at most 14 days ahead."), meaning(field.value, at)].join(" ").trim();
  };
  field.addEventListener("input", keep);
  keep();
}
