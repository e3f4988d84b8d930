// Sends a file to the training folder as it is, and then shows its schema.
import { worded } from "./worded.js";

const field = document.getElementById("upload");
const button = document.getElementById("send");
const said = document.getElementById("sent");

async function put(file) {
  const headers = {
    "X-CSRF-Token": field.dataset.token,
    "X-Page-Of": document.documentElement.dataset.pageOf,
    "Content-Type": "application/octet-stream",
  };
  const address = `/models/train/files/${encodeURIComponent(file.name)}`;
  const answer = await fetch(address, { method: "PUT", body: file, headers, redirect: "manual" });
  if (answer.status === 201) {
    location.href = `/models/train?file=${encodeURIComponent(await answer.text())}`;
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  said.textContent = page.querySelector("main .lead")?.textContent ?? worded("The file was not taken.");
}

button.addEventListener("click", async () => {
  const [file] = field.files;
  if (!file) {
    said.textContent = worded("Choose a file first.");
    field.focus();
    return;
  }
  button.disabled = true;
  said.textContent = worded("Sending …");
  try {
    await put(file);
  } catch {
    said.textContent = worded("The server could not be reached.");
  } finally {
    button.disabled = false;
  }
});

// Until here a click would be lost.
button.disabled = false;
