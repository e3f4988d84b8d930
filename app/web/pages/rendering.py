"""From a page (a frozen dataclass) to HTML; a template reads only `page`."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.web.pages import formatting
from app.web.pages.foreign_text import ForeignText
from app.web.pages.frame import Frame
from app.web.pages.translated import Translated

WEB = Path(__file__).parent.parent
TEMPLATES, STATIC = WEB / "templates", WEB / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What went wrong, in one sentence, and what to do."""

    frame: Frame
    status: int
    sentence: str

    @property
    def tries_again(self) -> bool:
        """Whether waiting helps."""
        return self.status == HTTPStatus.SERVICE_UNAVAILABLE


@cache
def static_url(name: str) -> str:
    """Return a static file's address; its fingerprint in it lets a new release reach every browser."""
    fingerprint = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={fingerprint}"


@cache
def environment() -> Environment:
    """Return the one Jinja environment: strict, escaping, with our words as filters."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        extensions=[Translated, ForeignText],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for word in (
        formatting.count,
        formatting.money,
        formatting.number,
        formatting.percent,
        formatting.moment,
        formatting.day,
        formatting.clock,
    ):
        jinja.filters[word.__name__] = word
    jinja.filters["static"] = static_url
    return jinja


def html(template: str, page: object) -> str:
    """Return a page's HTML; raises UndefinedError when the template asks for what the page lacks."""
    return environment().get_template(template).render(page=page)


def render(template: str, page: object, *, status: int = 200) -> HTMLResponse:
    """Return a page as a response that no cache keeps: it holds one person's view."""
    headers = {"Cache-Control": "no-store"}
    return HTMLResponse(html(template, page), status_code=status, headers=headers)


def error_page(status: int, title: str, sentence: str) -> str:
    """Return the HTML of an error page; at 503 it tries again by itself."""
    page = ErrorPage(frame=Frame.anonymous(title), status=status, sentence=sentence)
    return html("error.html", page)
