// The panels that open over the review page: popovers where the browser has them, else the same by hand.

const isNative = ["togglePopover", "showPopover", "hidePopover"].every((name) => name in HTMLElement.prototype);
const byHand = new WeakSet();
const armed = new WeakSet();

/** Whether a panel is in sight: what has no box is not, however it was closed. */
const isOpen = (panel) => panel.getClientRects().length > 0;

/** Return the panel that is open. */
export const openPanel = () => [...document.querySelectorAll(".panel, [popover], dialog[open]")].find(isOpen);

/** Make the panels of a new screen work. */
export function armPanels() {
  if (isNative) return;
  for (const panel of document.querySelectorAll(".panel[popover]")) {
    // Without the attribute no half of a popover's behaviour gets in the way of this one.
    panel.removeAttribute("popover");
    panel.hidden = true;
    byHand.add(panel);
  }
  for (const button of document.querySelectorAll("[popovertarget]")) {
    if (armed.has(button)) continue;
    armed.add(button);
    button.addEventListener("click", () => toggle(document.getElementById(button.getAttribute("popovertarget"))));
  }
}

/** Open a panel, or close it; at most one is open. */
export function toggle(panel) {
  if (!panel) return;
  if (!byHand.has(panel)) return panel.togglePopover();
  const opens = panel.hidden;
  close();
  panel.hidden = !opens;
}

/** Close what is open by hand; return whether there was anything. */
function close() {
  const panel = openPanel();
  if (!panel || !byHand.has(panel)) return false;
  panel.hidden = true;
  return true;
}

if (!isNative) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && event.keyCode !== 229 && close()) event.preventDefault();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.(".panel, [popovertarget]")) close();
  });
}
