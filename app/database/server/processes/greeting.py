"""Whether a PostgreSQL server lets somebody in, asked over its socket without a program or a driver.

It is asked every two seconds for as long as a service runs; to start `psql` each time costs a hundred times
as much. The words are those of PostgreSQL's protocol 3.0. A session has begun when the server says that it is
ready: it lets in by the rules first, and only then looks whether the database is there.
"""

import contextlib
import socket
import struct
from pathlib import Path

PROTOCOL = 3 << 16
READY, ERROR = b"Z", b"E"
#: What is said before: settings of the session, each a short message.
LONGEST_MESSAGE, MOST_MESSAGES = 10_000, 100
GOODBYE = b"X" + struct.pack("!i", 4)
# A server that needs longer is asked by `psql`, which says why.
PATIENCE_SECONDS = 2.0


def lets_in(place: Path, *, user: str, database: str, seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether the server at this socket begins a session of this user on this database in time."""
    words = b"".join(word.encode() + b"\0" for word in ("user", user, "database", database))
    message = struct.pack("!ii", 8 + len(words) + 1, PROTOCOL) + words + b"\0"
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(seconds)
        line.connect(str(place))
        line.sendall(message)
        is_in = _is_ready(line)
        if is_in:
            line.sendall(GOODBYE)
        return is_in
    return False


def _is_ready(line: socket.socket) -> bool:
    """Read messages until the server is ready, or refuses, or is no PostgreSQL."""
    for _ in range(MOST_MESSAGES):
        head = _read(line, 5)
        if len(head) < 5 or head[:1] == ERROR:
            return False
        size = int.from_bytes(head[1:], "big") - 4
        if not 0 <= size <= LONGEST_MESSAGE or len(_read(line, size)) < size:
            return False
        if head[:1] == READY:
            return True
    return False


def _read(line: socket.socket, size: int) -> bytes:
    """Return so many bytes, or all there are before the end."""
    heard = b""
    while len(heard) < size and (piece := line.recv(size - len(heard))):
        heard += piece
    return heard
