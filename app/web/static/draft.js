// What is written on a case stays with it: saved as one writes, for oneself or whoever gets the case next.
import { send } from "./wire.js";

const PAUSE_MILLISECONDS = 800;

// A screen that is settled again keeps the watch it has.
const kept = new WeakSet();
let saveWritten = async () => {};

/** Save what is written and not saved yet, before the case is released without a verdict; read at once. */
export const saveDraft = () => saveWritten();

/** Save note and reason of the case this form judges, whenever they change. */
export function keepDraft(form) {
  if (kept.has(form)) return;
  kept.add(form);
  const note = document.getElementById("note");
  const address = form.getAttribute("action").replace(/verdict$/, "draft");
  let timer;
  let isSaved = true;

  const written = () => {
    const fields = new FormData(form);
    return new URLSearchParams({
      csrf_token: fields.get("csrf_token"),
      token: fields.get("token"),
      note: note.value,
      ...(fields.get("reason") && { reason: fields.get("reason") }),
    });
  };
  const save = async () => {
    clearTimeout(timer);
    isSaved = true;
    try {
      await send(address, { method: "POST", body: written() });
    } catch {
      isSaved = false;
    }
  };
  const later = () => {
    isSaved = false;
    clearTimeout(timer);
    timer = setTimeout(() => form.isConnected && save(), PAUSE_MILLISECONDS);
  };
  note.addEventListener("input", later);
  for (const reason of document.querySelectorAll("[name=reason]")) reason.addEventListener("change", later);
  saveWritten = async () => form.isConnected && !isSaved && (await save());
  // Closing the laptop must not cost the last words.
  const leave = () => {
    if (!form.isConnected) removeEventListener("pagehide", leave);
    else if (!isSaved) navigator.sendBeacon(address, written());
  };
  addEventListener("pagehide", leave);
}
