"""The report of a model version: one self-contained HTML file, written beside it.

Needs matplotlib: `pip install tertium[compare]`.
"""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.artifacts import REPORT
from app.learning.report.content import Report
from app.learning.report.material import Material
from app.learning.report.report import report


def write_report(folder: Path, material: Material) -> Path:
    """Write `report.html` into a model's folder and return its path; it appears whole or not at all."""
    path = folder / REPORT
    partial = path.with_suffix(".partial")
    partial.write_text(rendered(report(material)), encoding="utf-8")
    partial.replace(path)
    return path


def rendered(page: Report) -> str:
    """Return the page as HTML: no script, nothing loaded from elsewhere, every word escaped."""
    environment = Environment(
        loader=PackageLoader("app.workflows.models", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(REPORT).render(page=page)
