"""The metrics of processes that serve on one port: whoever is asked answers for all.

Each worker counts by itself and tells the others over a socket in a folder that only they can reach. What
is told together carries a label `worker`, so that a counter that begins anew is one of its own.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

# A sibling that is starting, or stands still, is left out.
PATIENCE_SECONDS = 1.0


class Siblings:
    """One worker's place among the others."""

    def __init__(self, folder: Path, number: int, *, exposition: Callable[[], Awaitable[bytes]]) -> None:
        self._folder = folder
        self._number = number
        self._exposition = exposition

    async def listen(self) -> asyncio.Server:
        """Tell whoever asks what this worker counts, until the server is closed."""
        place = self._place(self._number)
        place.unlink(missing_ok=True)  # of the one before, which died
        return await asyncio.start_unix_server(self._tell, place)

    async def gathered(self) -> bytes:
        """Return what all workers that answer count, this one first."""
        others = [int(place.stem) for place in self._folder.glob("*.metrics") if place.stem.isdecimal()]
        numbers = sorted(set(others) - {self._number})
        told = await asyncio.gather(*map(self._told_by, numbers))
        texts = {self._number: await self._exposition()}
        texts |= {number: text for number, text in zip(numbers, told, strict=True) if text}
        return together({number: text.decode() for number, text in texts.items()}).encode()

    async def _tell(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(await self._exposition())
            await writer.drain()
        writer.close()

    async def _told_by(self, number: int) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._place(number))
                try:
                    return await reader.read()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return b""

    def _place(self, number: int) -> Path:
        return self._folder / f"{number}.metrics"


def together(texts: Mapping[int, str]) -> str:
    """Return texts in Prometheus's format as one: each family once, each sample with its worker."""
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for number, text in texts.items():
        for family, line in _lines(text):
            if line.startswith("#"):
                head = heads.setdefault(family, [])
                if line not in head:
                    head.append(line)
            else:
                samples.setdefault(family, []).append(_of_worker(line, number))
    lines = [line for family, head in heads.items() for line in (*head, *samples.get(family, ()))]
    return "\n".join(lines) + "\n"


def _lines(text: str) -> Iterable[tuple[str, str]]:
    """Give each line with the family it belongs to: the one that was named last."""
    family = ""
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            family = line.split(" ", 3)[2]
        yield family, line


def _of_worker(sample: str, number: int) -> str:
    name, brace, rest = sample.partition("{")
    if brace and " " not in name:
        return f'{name}{{worker="{number}",{rest}'
    name, _, value = sample.partition(" ")
    return f'{name}{{worker="{number}"}} {value}'
