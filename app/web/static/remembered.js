// Parts of a page that somebody folded away stay so, on the next case and the next day.
const keyOf = (part) => `tertium-folded-${part.dataset.remembered}`;

/** Fold the parts that are there as they were left; where nothing may be stored, they stay as they come. */
export function foldAsLeft() {
  for (const part of document.querySelectorAll("details[data-remembered]")) {
    try {
      part.open = localStorage.getItem(keyOf(part)) === null;
    } catch {
      return;
    }
  }
}

function keep(event) {
  const part = event.target;
  if (!part.matches?.("details[data-remembered]")) return;
  try {
    if (part.open) localStorage.removeItem(keyOf(part));
    else localStorage.setItem(keyOf(part), "1");
  } catch {
    // Without storage it is as open as it is now, until the next case.
  }
}

// What happens to a part does not rise to the document; on its way down it passes.
document.addEventListener("toggle", keep, true);
