// Numbers as people type them, by the server's one rule: what may mean two numbers means none.

const SPACES = /[ \t\u00a0\u2007\u2009\u202f]/g;
const PLAIN = /^([-+\u2212]?)([0-9]*)(?:[.,]([0-9]+))?([eE][-+]?[0-9]{1,4})?$/;
const GROUPED = /^([-+\u2212]?)([1-9][0-9]{0,2}(?:([ '.,])[0-9]{3})(?:\3[0-9]{3})*)(?:([.,])([0-9]+))?$/;

const PARTS = new Intl.NumberFormat(document.documentElement.lang || "en").formatToParts(0.5);
const DECIMAL = PARTS.find((part) => part.type === "decimal").value;

/** Return the number that was typed, NaN where it is none, or may be two. */
export function numberIn(text) {
  const told = text.replaceAll("\u2019", "'").replace(SPACES, " ").trim();
  const plain = PLAIN.exec(told);
  const isPlain = plain !== null && Boolean(plain[2] || plain[3]);
  const grouped = GROUPED.exec(told);
  const isGrouped = grouped !== null && grouped[3] !== grouped[4];
  if (isPlain === isGrouped) return NaN;
  const [sign, whole, decimals, power] = isPlain ? plain.slice(1) : [grouped[1], grouped[2], grouped[5], ""];
  const digits = whole.replace(/[^0-9]/g, "") || "0";
  return Number(`${sign === "\u2212" ? "-" : sign}${digits}.${decimals || "0"}${power || ""}`);
}

/** Return a number as it can be typed again, so that it can be read in one way only. */
export function unmistakable(number) {
  const plain = String(number).replace(".", DECIMAL);
  return GROUPED.test(plain) ? `${plain}0` : plain;
}

/** Return a number with so many decimals, as the page's language writes it. */
export function written(number, decimals) {
  return number.toFixed(decimals).replace(".", DECIMAL).replace("-", "\u2212");
}
