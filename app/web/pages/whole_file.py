"""Files that are written whole before their first byte goes out: what cannot be finished is an error."""

from collections.abc import AsyncIterator, Iterator
from tempfile import SpooledTemporaryFile

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.web.pages.csv_cells import as_file

#: Larger files wait on the disk.
IN_MEMORY = 4_000_000
AT_ONCE = 64_000


class WholeFile(StreamingResponse):
    """Sends what was written to a file, and lets go of the file however much of it was asked for."""

    def __init__(self, file: "SpooledTemporaryFile[str]", name: str) -> None:
        super().__init__(_read(file), media_type="text/csv; charset=utf-8", headers=as_file(name))
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a caller who asked only for its headers, or went away, leaves nothing open."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def csv_file(lines: AsyncIterator[str], name: str) -> StreamingResponse:
    """Return these lines as a file to be kept; raises whatever keeps one of them from being written."""
    file = SpooledTemporaryFile[str](IN_MEMORY, mode="w+", encoding="utf-8", newline="")
    try:
        async for each in lines:
            file.write(each)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return WholeFile(file, name)


def _read(file: "SpooledTemporaryFile[str]") -> Iterator[str]:
    while part := file.read(AT_ONCE):
        yield part
