"""What went wrong, answered for programs and for people."""

from collections.abc import Sequence
from http import HTTPStatus
from math import ceil
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.observability.faults import fault_of
from app.observability.logs import logger_of
from app.observability.metrics import Metrics
from app.review.access.administration import AccountChanged
from app.scoring.templated_text import Templated
from app.web.addresses import allowed_methods, without_slash
from app.web.dependencies import (
    IS_FRAGMENT,
    LOGGED_OUT_BECAUSE,
    SAFE_METHODS,
    NotAllowed,
    NotLoggedIn,
    OtherAccount,
    ShutOut,
)
from app.web.error_statuses import STATUS
from app.web.languages.sentences import capital, marked, said, worded
from app.web.pages.rendering import error_page
from app.web.policy_problems import with_help
from app.web.problems import (
    FieldProblem,
    NamedRefusal,
    Problem,
    own_sentence,
    problem,
    problem_response,
)
from app.web.request_log import record_of
from app.workflows.access.accounts import TooManyAttempts

logger = logger_of(__name__)

UNEXPECTED = marked("Unexpected error")
OUR_FAULT = marked("This is our fault. Nothing of the request was kept.")
BUSY_SECONDS = 2
#: Wrong fields that one answer names.
MOST_ERRORS = 50


def handle_errors(app: FastAPI) -> None:
    """Answer every error of the table, and those of the framework, in the caller's language."""
    for error in STATUS:
        app.add_exception_handler(error, known_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)


def retry_after_seconds(error: Exception, status: int) -> int | None:
    """Return when the same request may do; None where waiting does not help."""
    if isinstance(error, TooManyAttempts):
        return ceil(error.wait.total_seconds())
    return BUSY_SECONDS if status == HTTPStatus.SERVICE_UNAVAILABLE else None


def problem_of(error: Exception) -> Problem:
    """Return what a program reads about a domain error; anything else is a 500 without details."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            break
    else:
        return problem(
            status=500,
            slug="unexpected",
            title=str.__str__(UNEXPECTED),
            detail=str.__str__(OUR_FAULT),
        )
    sentence = own_sentence(kind)
    fields = error.errors if isinstance(error, NamedRefusal) else ()
    detail = str(error) if isinstance(error, NamedRefusal) else sentence
    told = problem(
        status=STATUS[kind],
        slug=_slug(kind.__name__),
        title=title_of(kind),
        detail=detail,
        errors=fields,
    )
    return with_help(told, error)


def title_of(kind: type[Exception]) -> str:
    """Return what an error is called, in words."""
    return _words(kind.__name__)


def invalid_body(errors: Sequence[object]) -> Problem:
    """Return a 422 that names the first wrong fields, at most `MOST_ERRORS`."""
    found = [_field_problem(error) for error in errors[:MOST_ERRORS] if isinstance(error, dict)]
    detail = "; ".join(f"{each.field}: {each.detail}" for each in found[:3])
    return problem(status=422, slug="invalid-request", title="Invalid request", detail=detail, errors=found)


def _field_problem(error: dict[str, object]) -> FieldProblem:
    location = error.get("loc")
    parts = [str(part) for part in location] if isinstance(location, (list, tuple)) else []
    if error.get("type") == "json_invalid":  # its location goes on with the place of the wrong character
        parts = parts[:1]
    if parts and parts[0] in {"body", "query", "path", "header"} and len(parts) > 1:
        parts = parts[1:]
    detail = str(error.get("msg")).removeprefix("Value error, ")
    return FieldProblem(field=".".join(parts)[:200] or "body", detail=detail)


def is_known(error: Exception) -> bool:
    """Whether an error has its place in the table."""
    return any(kind in STATUS for kind in type(error).__mro__)


async def known_error(request: Request, error: Exception) -> Response:
    """Return what the caller hears of an error of the table."""
    content = problem_of(error)
    record_of(request.scope).refusal = _slug(type(error).__name__)
    if content.status == HTTPStatus.SERVICE_UNAVAILABLE:
        metrics: Metrics = request.app.state.metrics
        metrics.error_happened(fault_of(error).kind)
    retry_after = retry_after_seconds(error, content.status)
    if _is_program(request):
        return problem_response(content, retry_after_seconds=retry_after)
    if isinstance(error, NotLoggedIn):
        if isinstance(error, ShutOut) and IS_FRAGMENT in request.headers:
            # A script would not see where a redirect leads, nor why.
            return Response(status_code=401, headers={LOGGED_OUT_BECAUSE: _in_header(error.sentence)})
        return RedirectResponse(f"/login?next={quote(_asked_for(request))}", status_code=303)
    page = _page(content.status, worded(content.title), _for_people(error, content))
    if isinstance(error, OtherAccount):
        page.headers["X-Other-Account"] = "1"
    if isinstance(error, (NotAllowed, AccountChanged)) and IS_FRAGMENT in request.headers:
        page.headers[LOGGED_OUT_BECAUSE] = _in_header(content.detail)
    if retry_after is not None:
        page.headers["Retry-After"] = str(retry_after)
    return page


def _for_people(error: Exception, content: Problem) -> str:
    """Return what a person reads of an error: what pure code says of it, or its own sentence."""
    told = error.args[0] if error.args else ""
    return capital(said(told)) if isinstance(told, Templated) else worded(content.detail)


def _in_header(sentence: str) -> str:
    """Return a sentence in the reader's language as a header can carry it, and `static/wire.js` reads it."""
    return quote(worded(sentence), safe=" !'(),.:;?")


def _asked_for(request: Request) -> str:
    """Return where somebody wanted to be, as they wrote it; behind a form, the page it stood on."""
    if request.method in SAFE_METHODS:
        raw: bytes = request.scope["raw_path"]
        query = request.url.query
        return raw.decode("latin-1") + (f"?{query}" if query else "")
    page = urlsplit(request.headers.get("referer", ""))
    if page.netloc != request.headers.get("host") or not page.path:
        return "/"
    return page.path + (f"?{page.query}" if page.query else "")


async def _invalid(request: Request, error: Exception) -> Response:
    content = invalid_body(error.errors() if isinstance(error, RequestValidationError) else ())
    record_of(request.scope).refusal = "invalid-request"
    if _is_program(request):
        return problem_response(content)
    return _page(422, worded("That form was not complete"), content.detail)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    if status == HTTPStatus.NOT_FOUND and (there := without_slash(request)):
        return RedirectResponse(there, status_code=308)
    record_of(request.scope).refusal = _slug(HTTPStatus(status).phrase.replace(" ", ""))
    response = _framework_error(request, status, detail)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(allowed_methods(request))
    return response


def _framework_error(request: Request, status: int, detail: str) -> Response:
    phrase = HTTPStatus(status).phrase
    if _is_program(request):
        fields = [FieldProblem(field="body", detail=detail)] if status in {400, 413} else []
        content = problem(
            status=status, slug=_slug(phrase.replace(" ", "")), title=phrase, detail=detail, errors=fields
        )
        return problem_response(content)
    if status == HTTPStatus.NOT_FOUND and detail == phrase:
        return _page(status, worded("Not found"), worded("There is no page at this address."))
    return _page(status, worded(phrase), worded(detail))


async def _gone(_request: Request, _error: Exception) -> Response:
    # Nobody reads this: the caller went away before the request was whole.
    return Response(status_code=400)


async def unexpected_answer(request: Request, error: Exception) -> Response:
    """Return what a caller hears of an error nobody expected: that it is ours, and nothing more."""
    content = problem_of(error)
    return (
        problem_response(content)
        if _is_program(request)
        else _page(500, worded(content.title), worded(content.detail))
    )


def _page(status: int, title: str, sentence: str) -> Response:
    return HTMLResponse(error_page(status, title, sentence), status_code=status)


def _is_program(request: Request) -> bool:
    return request.url.path.startswith(("/v1/", "/healthz", "/readyz", "/openapi"))


def _words(name: str) -> str:
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return spaced.capitalize()


def _slug(name: str) -> str:
    return _words(name).lower().replace(" ", "-")
