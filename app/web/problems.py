"""RFC 9457 problem details: what went wrong, for a program to read."""

from collections.abc import Sequence
from typing import Annotated

from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator

from app.review.card_numbers.masking import without_card_numbers

MEDIA_TYPE = "application/problem+json"


def _sendable(words: str) -> str:
    """Lone surrogates are text to JSON, but no text that could be sent: they become question marks.

    Of a card number its last four digits are left: no answer repeats one.
    """
    return without_card_numbers(words.encode(errors="replace").decode())


Sendable = Annotated[str, BeforeValidator(_sendable)]


def own_sentence(error: Exception | type[Exception]) -> str:
    """Return what an error says of itself, for people to read: its docstring."""
    return (error.__doc__ or "").strip()


class FieldProblem(BaseModel):
    """One field, and what is wrong with it; both may quote what the caller sent."""

    field: Sendable
    detail: Sendable


class Problem(BaseModel):
    """An error as RFC 9457 writes it, with the fields it is about."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class NamedRefusal(Exception):
    """What was sent cannot be taken as it stands; `errors` name each part that is wrong."""

    def __init__(self, errors: Sequence[FieldProblem]) -> None:
        super().__init__("; ".join(error.detail for error in errors))
        self.errors = list(errors)


class InvalidTransaction(NamedRefusal):
    """This transaction cannot be accepted as it stands."""


class MediaTypeRefused(NamedRefusal):
    """The body is of a kind that is not read here."""


class BodyUnreadable(NamedRefusal):
    """The body is no JSON that could be read in one way only."""


class KeyRepeated(NamedRefusal):
    """The body says one thing twice."""


class BatchTooLarge(NamedRefusal):
    """The body holds more than is read at once."""


def problem(
    *, status: int, slug: str, title: str, detail: str, errors: Sequence[FieldProblem] = ()
) -> Problem:
    """Return a problem whose type is a stable name of ours."""
    return Problem(
        type=f"urn:tertium:problem:{slug}", title=title, status=status, detail=detail, errors=list(errors)
    )


def problem_response(content: Problem, *, retry_after_seconds: int | None = None) -> JSONResponse:
    """Return a problem as a response."""
    headers = {"Retry-After": str(retry_after_seconds)} if retry_after_seconds is not None else {}
    return JSONResponse(
        content.model_dump(mode="json"), status_code=content.status, media_type=MEDIA_TYPE, headers=headers
    )
