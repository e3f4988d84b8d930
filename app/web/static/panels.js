// The panels that open over the review page: popovers where the browser has them, else the same by hand. Whichever
// they are, an open one holds the focus, and what is behind it can neither be reached nor pressed.

const isNative = ["togglePopover", "showPopover", "hidePopover"].every((name) => name in HTMLElement.prototype);
const byHand = new WeakSet();
const armed = new WeakSet();
// What an open panel keeps out of reach, and what had the focus before it opened.
const behind = new Set();
let before;

/** Whether a panel is in sight: what has no box is not, however it was closed. */
const isOpen = (panel) => panel.getClientRects().length > 0;

/** Return the panel that is open. */
export const openPanel = () => [...document.querySelectorAll(".panel, [popover], dialog[open]")].find(isOpen);

/** Make the panels of a new screen work; what has come meanwhile behind an open one is out of reach, too. */
export function armPanels() {
  for (const panel of document.querySelectorAll(".panel[popover]")) {
    if (armed.has(panel)) continue;
    armed.add(panel);
    if (isNative) follow(panel);
    else doByHand(panel);
  }
  const panel = openPanel();
  if (panel) enclose(panel);
}

/** Go with a popover: it says that it closes before it gives the focus back, and later what became of it. */
function follow(panel) {
  panel.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") before = document.activeElement;
    else release();
  });
  panel.addEventListener("toggle", () => (isOpen(panel) ? enter(panel) : leave()));
}

function doByHand(panel) {
  // Without the attribute no half of a popover's behaviour gets in the way of this one.
  panel.removeAttribute("popover");
  panel.hidden = true;
  byHand.add(panel);
  for (const button of document.querySelectorAll(`[popovertarget="${panel.id}"]`)) {
    button.addEventListener("click", () => toggle(panel));
  }
}

/** Open a panel, or close it; at most one is open. */
export function toggle(panel) {
  if (!panel) return;
  if (!byHand.has(panel)) return panel.togglePopover();
  const opens = panel.hidden;
  closePanel();
  if (!opens) return;
  before = document.activeElement;
  panel.hidden = false;
  enter(panel);
}

/** Close the panel that is open; return whether there was one. */
export function closePanel() {
  const panel = openPanel();
  if (!panel) return false;
  if (byHand.has(panel)) {
    release();
    panel.hidden = true;
    leave();
  } else {
    panel.hidePopover();
  }
  return true;
}

/** Bring the focus into a panel that has opened. */
function enter(panel) {
  enclose(panel);
  if (!panel.contains(document.activeElement)) panel.querySelector("[autofocus]").focus();
}

/** Keep all but this panel out of reach: from keys, pointers and screen readers. */
function enclose(panel) {
  for (let part = panel; part !== document.body; part = part.parentElement) {
    for (const beside of part.parentElement.children) {
      // What is announced is heard whatever is open.
      if (beside === part || beside.id === "announcer") continue;
      beside.toggleAttribute("inert", true);
      behind.add(beside);
    }
  }
}

function release() {
  for (const part of behind) part.toggleAttribute("inert", false);
  behind.clear();
}

/** Give the focus back to where it was, unless somebody has moved it on. */
function leave() {
  if (openPanel()) return;
  const isLost = document.activeElement === document.body || !isOpen(document.activeElement);
  if (isLost && before?.isConnected) before.focus({ preventScroll: true });
}

if (!isNative) {
  document.addEventListener("keydown", (event) => {
    const closes = event.key === "Escape" && !event.isComposing && event.keyCode !== 229;
    if (closes && closePanel()) event.preventDefault();
  });
  // Not when the pointer goes down: what is behind would be in reach again before it goes up.
  document.addEventListener("click", (event) => {
    if (event.target.isConnected && !event.target.closest?.(".panel, [popovertarget]")) closePanel();
  });
}
