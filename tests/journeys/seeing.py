"""What of a page is too small to read."""

from playwright.sync_api import Page

#: In CSS pixels.
SMALLEST = 14.0
SMALL = """
(smallest) => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (!data.trim() || !parentElement || parentElement.closest("script, style, .unseen")) continue;
    const size = parseFloat(getComputedStyle(parentElement).fontSize);
    if (size < smallest && parentElement.getClientRects().length) {
      const named = parentElement.getAttribute("class") ?? "";
      found.add(`${parentElement.tagName.toLowerCase()}.${named} ${size}px`);
    }
  }
  return [...found];
}
"""


def small_texts(page: Page) -> list[str]:
    """Return which elements in sight hold text below `SMALLEST`."""
    found: list[str] = page.evaluate(SMALL, SMALLEST)
    return found
