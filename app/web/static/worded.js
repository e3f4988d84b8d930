// What scripts say, in the language of their page: English is in the code, another one is told by the page.

const told = JSON.parse(document.getElementById("announcer")?.dataset.words || "{}");

/** Return a text in the page's language, with values in the places of their names: `%(name)s`. */
export function worded(text, values = {}) {
  return (told[text] ?? text).replace(/%\((\w+)\)s/g, (place, name) => values[name] ?? place);
}
