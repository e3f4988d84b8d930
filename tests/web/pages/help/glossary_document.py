"""The glossary as a document: `python -m tests.web.pages.help.glossary_document` writes docs/glossary.md."""

from pathlib import Path
from textwrap import fill

from app.web.pages.help.glossary import Term, glossary

DOCUMENT = Path(__file__).parents[4] / "docs" / "glossary.md"
WIDTH = 120
HEADING = """\
# Glossary

What the terms mean on pages, in the API and in these documents; the page `/help` says the same.
This document is made from `app/web/pages/help/glossary.toml`:
`python -m tests.web.pages.help.glossary_document` writes it anew.
"""


def document() -> str:
    """Return the glossary in Markdown."""
    parts = [HEADING]
    for subject in glossary():
        lines = "\n".join(_line(term) for term in subject.terms)
        parts.append(f"## {subject.title}\n\n{lines}\n")
    return "\n".join(parts)


def _line(term: Term) -> str:
    unit = f" Unit: {term.unit}." if term.unit else ""
    line = f"- **{term.name}**: {term.means}{unit}"
    return fill(line, width=WIDTH, subsequent_indent="  ", break_on_hyphens=False)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
