"""A body of labels, as long as a batch: read and checked in slices, and taken as a whole or not at all."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.web.api.json_bodies import JsonRoute, refuse_other_media_types
from app.web.api.json_rows import UnreadableRow, array_rows, gathered, turn_after
from app.web.api.json_values import parse
from app.web.api.payments.schemas import LabelIn
from app.web.errors import MOST_ERRORS
from app.web.problems import FieldProblem, KeyRepeated

LABELS_OPEN = re.compile(r'[ \t\r\n]*\{[ \t\r\n]*"labels"[ \t\r\n]*:[ \t\r\n]*\[')


class LabelsRoute(JsonRoute):
    """A route whose body is `{"labels": [...]}`."""

    async def read(self, request: Request) -> object:
        """Return the body's value; the labels of a long one are read, and checked, one by one."""
        refuse_other_media_types(request)
        pieces = gathered(request.stream())
        first, second = await anext(pieces, b""), await anext(pieces, b"")
        if not second:
            return await _small(parse(first)) if first else None
        rows = await array_rows(_chained(first, second, pieces), opening=LABELS_OPEN, closing="]}")
        return {"labels": await _checked(rows)}


async def _small(value: object) -> object:
    if not isinstance(value, dict) or not isinstance(value.get("labels"), list):
        return value  # the framework says what is wrong with it
    return value | {"labels": await _checked(value["labels"])}


async def _checked(rows: Sequence[object]) -> list[LabelIn]:
    """Return the labels; raises `RequestValidationError` and `KeyRepeated`, naming the first wrong ones."""
    labels: list[LabelIn] = []
    errors: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        if isinstance(row, UnreadableRow):
            raise KeyRepeated([FieldProblem(field=f"labels.{place}.{row.field}", detail=row.detail)])
        try:
            labels.append(LabelIn.model_validate(row))
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            errors += [{**each, "loc": ("body", "labels", place, *each["loc"])} for each in found]
            await asyncio.sleep(0)  # a row may have a thousand errors
            if len(errors) >= MOST_ERRORS:
                break
        else:
            await turn_after(labels)
    if errors:
        raise RequestValidationError(errors)
    return labels


async def _chained(first: bytes, second: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    yield second
    async for piece in rest:
        yield piece
