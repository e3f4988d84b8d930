import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.workflows.models.report import write_report
from tests.learning.report.builders import a_comparison, a_material

TOKENS = Path("app/web/static/tokens.css")
STYLES = Path("app/workflows/models/templates/report.css")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(tmp_path_factory.mktemp("model"), a_material()).read_text()


class Elements(HTMLParser):
    """Every element with its attributes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_asks_nobody_for_anything(page: str) -> None:
    elements = Elements(page).found
    assert "script" not in [tag for tag, _ in elements]
    for _, attributes in elements:
        assert not {name for name in attributes if name.startswith("on")}
        for name in ("href", "xlink:href", "src"):
            value = attributes.get(name, "#") or ""
            assert value.startswith("#") or value == "data:,"
    assert "http" not in page
    assert "@import" not in page
    assert set(re.findall(r"url\((.)", page)) <= {"#"}


def test_every_id_is_one_elements(page: str) -> None:
    ids = [attributes["id"] for _, attributes in Elements(page).found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_anchor_leads_somewhere(page: str) -> None:
    elements = Elements(page).found
    ids = {f"#{attributes['id']}" for _, attributes in elements if "id" in attributes}
    links = {
        attributes.get("href") or attributes.get("xlink:href")
        for _, attributes in elements
        if {"href", "xlink:href"} & set(attributes)
    }
    assert links - {"data:,"} <= ids


def test_headings_are_in_order(page: str) -> None:
    headings = [tag for tag, _ in Elements(page).found if re.fullmatch(r"h\d", tag)]
    assert headings[0] == "h1"
    assert set(headings[1:]) == {"h2"}


def test_every_picture_has_words(page: str) -> None:
    elements = Elements(page).found
    pictures = [attributes for _, attributes in elements if attributes.get("role") == "img"]
    assert len(pictures) == sum(tag == "svg" for tag, _ in elements)
    assert all(attributes.get("aria-label") for attributes in pictures)


def test_the_page_is_small_enough_to_be_mailed(page: str) -> None:
    assert len(page.encode()) < 1_500_000


def test_the_same_material_gives_the_same_page(page: str, tmp_path: Path) -> None:
    assert write_report(tmp_path, a_material()).read_text() == page
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_every_word_from_outside_is_escaped(tmp_path: Path) -> None:
    odd = "<b>odd</b>"
    material = a_material(
        version=odd,
        card={"limits": [odd], "data": {odd: odd}},
        comparison=a_comparison(odd),
        novelty={odd: 0.7},
    )
    page = write_report(tmp_path, material).read_text()
    assert "<b>odd" not in page
    assert "<h1>Model &lt;b&gt;odd&lt;/b&gt;</h1>" in page


def test_what_is_missing_is_said_at_the_foot(tmp_path: Path) -> None:
    page = write_report(tmp_path, a_material(comparison=None, boundary=None)).read_text()
    foot = page[page.index("<footer>") :]
    assert "Not in this report" in foot
    assert "bootstrap" in foot
    assert 'id="screening"' not in page
    assert 'id="boundary"' not in page


def test_the_colours_are_the_products() -> None:
    tokens = TOKENS.read_text()
    assert {each for each in re.findall(r"#[0-9a-f]{6}", STYLES.read_text()) if each not in tokens} == set()
