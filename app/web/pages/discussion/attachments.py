"""Addresses of what is put to a case: an address or a small file, and the file to be kept, never opened."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from app.review.card_numbers.rule import CardNumberWritten
from app.review.discussion.attachments import LARGEST_FILE, AttachmentRefused, Media, TooManyAttachments
from app.web.dependencies import CHECKED, CurrentVisitor, RowKey
from app.web.languages.sentences import said, worded
from app.web.pages.discussion.comments import Writer, address_of, is_fragment, shown
from app.web.pages.discussion.view import Place, Reply
from app.web.problems import own_sentence
from app.web.services import AllServices, Cases, Services

router = APIRouter(include_in_schema=False)

REFUSALS = (AttachmentRefused, CardNumberWritten, TooManyAttachments)
MEDIA_TYPES: Mapping[Media, str] = {
    Media.PDF: "application/pdf",
    Media.PNG: "image/png",
    Media.JPEG: "image/jpeg",
    Media.TEXT: "text/plain; charset=utf-8",
}
#: A file of somebody's is kept, not opened: it may not run, load or show anything as a page of ours.
DOWNLOADED = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@router.post("/cases/{case_id}/attachments", dependencies=CHECKED)
async def attach(
    request: Request,
    services: AllServices,
    writer: Writer,
    case_id: RowKey,
    form: Annotated[UUID, Form()],
    address: Annotated[str, Form(max_length=4000)] = "",
    file: Annotated[UploadFile | None, File()] = None,
    back: Annotated[Place, Form()] = Place.CASE,
) -> Response:
    """Put an address or a file to a case; a form that comes twice does it once."""
    try:
        await _attach(services, writer, case_id, form, address=address, file=file)
    except REFUSALS as error:
        sentence = (
            said(error.sentence) if isinstance(error, AttachmentRefused) else worded(own_sentence(error))
        )
        return await shown(request, services, writer, case_id, place=back, reply=Reply(problem=sentence))
    if is_fragment(request):
        return await shown(request, services, writer, case_id, place=back)
    return RedirectResponse(address_of(back, case_id), status_code=303)


@router.get("/cases/{case_id}/attachments/{form}")
async def attachment(cases: Cases, visitor: CurrentVisitor, case_id: RowKey, form: UUID) -> Response:
    """Send a file to be kept."""
    found = await cases.discussions.file(visitor.account, case_id, form)
    headers = DOWNLOADED | {"Content-Disposition": disposition(found.name)}
    return Response(found.content, media_type=MEDIA_TYPES[found.media], headers=headers)


def disposition(name: str) -> str:
    """Return the header by which a browser keeps a file under this name (RFC 6266)."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_"
        for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _attach(
    services: Services,
    writer: CurrentVisitor,
    case_id: int,
    form: UUID,
    *,
    address: str,
    file: UploadFile | None,
) -> None:
    discussions, has_file = services.cases.discussions, file is not None and bool(file.filename)
    if has_file == bool(address.strip()):
        raise AttachmentRefused(worded("Give either an address or a file."))
    if file is not None and has_file:
        # One byte more than may be kept says that there are too many.
        content = await file.read(LARGEST_FILE + 1)
        await discussions.attach_file(
            writer.account, case_id, form, name=file.filename or "", content=content
        )
    else:
        await discussions.attach_address(writer.account, case_id, form, address)
