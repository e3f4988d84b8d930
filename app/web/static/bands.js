// The rows of the amount bands: another one, or one less, without asking the server for a new page.

/** Let the table's buttons work in place; `changed` hears when a row that held something goes. */
export function armBands(table, add, changed) {
  const body = table.tBodies[0];

  function addRow() {
    const rows = [...body.rows];
    const next = Math.max(...rows.map((each) => Number(each.dataset.row))) + 1;
    const row = rows.at(-1).cloneNode(true);
    number(row, next);
    for (const input of row.querySelectorAll("input")) clear(input);
    body.append(row);
    row.querySelector("input").focus();
  }

  function number(row, next) {
    const last = Number(row.dataset.row);
    row.dataset.row = String(next);
    for (const each of row.querySelectorAll("input, button")) {
      const label = each.getAttribute("aria-label");
      // The label numbers its row, in whatever language.
      each.setAttribute("aria-label", label.replace(new RegExp(`\\b${last + 1}\\b`), `${next + 1}`));
      if (each.name === "rows") each.value = `remove.${next}`;
      else each.name = each.name.replace(`.${last}.`, `.${next}.`);
    }
  }

  function clear(input) {
    input.value = "";
    for (const name of ["aria-invalid", "aria-describedby", "autofocus"]) input.removeAttribute(name);
  }

  function removeRow(row) {
    const held = [...row.querySelectorAll("input")].some((each) => each.value.trim());
    if (body.rows.length > 1) row.remove();
    else row.querySelectorAll("input").forEach(clear);
    add.focus();
    if (held) changed();
  }

  add.addEventListener("click", (event) => {
    event.preventDefault();
    addRow();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=rows]");
    if (!button) return;
    event.preventDefault();
    removeRow(button.closest("tr"));
  });
}
