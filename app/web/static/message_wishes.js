// What this browser may show: it is asked for its permission only when somebody switches a kind on.
import { worded } from "./worded.js";

const form = document.getElementById("wishes");
const said = document.getElementById("permission");
const zone = document.getElementById("time-zone");

function say(sentence) {
  said.textContent = sentence;
  said.hidden = sentence === "";
}

async function ask(box) {
  if (!box.checked) return say("");
  if (!("Notification" in window)) {
    box.checked = false;
    return say(worded("This browser cannot show notifications."));
  }
  const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  if (answer === "granted") return say("");
  box.checked = false;
  say(worded("This browser does not let Tertium show notifications. Its settings for this address can allow it."));
}

form.addEventListener("change", (event) => event.target.name === "kinds" && ask(event.target));
// Whoever has not named a zone means the one of the clock they look at.
if (zone.value === "UTC") zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
