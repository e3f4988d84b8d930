"""Connections that ask too slowly end in time, and those that ask well are kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.cli.server.http_connection import Connection
from app.cli.server.http_server import Server
from app.cli.server.running import listen

PATIENCE_SECONDS = 30.0
HEAD = b"POST /%b HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n"


class Hasty(Connection):
    """The same, for tests that will not wait a minute."""

    head_seconds = 0.3
    body_seconds = 0.6
    linger_seconds = 0.3


async def reader(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer when the body is whole; at `/early`, before it is."""
    if scope["type"] != "http":
        return
    while scope["path"] != "/early":
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message.get("more_body", False):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def a_server(connection: type[Connection] = Hasty) -> AsyncIterator[int]:
    config = uvicorn.Config(reader, http=connection, lifespan="off", log_config=None, log_level="critical")
    server = Server(config, when_stopping=lambda: None)
    listening = listen("127.0.0.1", 0)
    task = asyncio.create_task(server.serve([listening]))
    await server.is_up.wait()
    yield listening.getsockname()[1]
    server.should_exit = True
    await task


async def heard(port: int, *sent: bytes) -> bytes:
    """Return all that the server says to these bytes before it closes the connection."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        read, write = await asyncio.open_connection("127.0.0.1", port)
        for part in sent:
            write.write(part)
            await write.drain()
        said = await read.read()
        write.close()
        return said


@pytest.mark.parametrize(
    "sent",
    [b"", b"\r\n", b"GET / HTTP/1.1\r\nHost: here\r\nX-Endless: ", HEAD % b"late" + b"only"],
    ids=["nothing", "an empty line", "half a head", "half a body"],
)
async def test_who_does_not_finish_asking_is_told_and_let_go(sent: bytes) -> None:
    async with a_server() as port:
        said = await heard(port, sent)
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"X-Content-Type-Options: nosniff\r\n" in said


async def test_an_answer_given_early_is_read_before_the_connection_ends() -> None:
    async with a_server() as port:
        said = await heard(port, HEAD % b"early" + b"only")
    assert said.endswith(b"\r\n\r\nok")
    assert said.count(b"HTTP/1.1") == 1


async def test_a_second_request_that_never_comes_whole_ends_without_a_word() -> None:
    async with a_server() as port:
        said = await heard(port, HEAD % b"one" + b"0123456789", b"GET /two HTT")
    assert said.count(b"HTTP/1.1") == 1
    assert said.endswith(b"ok")


async def test_what_is_no_http_is_refused_with_all_headers() -> None:
    async with a_server() as port:
        said = await heard(port, b"\x16\x03\x01\x00\xa5 hello\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"X-Content-Type-Options: nosniff\r\n" in said


async def test_a_connection_that_asks_well_is_kept() -> None:
    async with a_server(Connection) as port, asyncio.timeout(PATIENCE_SECONDS):
        read, write = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            write.write(HEAD % b"x" + b"0123456789")
            assert (await read.readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")
        write.close()
