"""Whether a PostgreSQL server lets somebody in, asked over its socket without a program or a driver.

It is asked every two seconds for as long as a service runs; to start `psql` each time costs a hundred times
as much. The words are those of PostgreSQL's protocol 3.0, of which a first answer is all that is read.
"""

import contextlib
import socket
import struct
from pathlib import Path

PROTOCOL = 3 << 16
#: `AuthenticationOk`: the session begins, without a password.
LET_IN = b"R" + struct.pack("!ii", 8, 0)
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
        is_in = _first(line) == LET_IN
        line.sendall(GOODBYE)
        return is_in
    return False


def _first(line: socket.socket) -> bytes:
    """Return as many bytes as `LET_IN` has, or all there are before the end."""
    heard = b""
    while len(heard) < len(LET_IN) and (piece := line.recv(len(LET_IN) - len(heard))):
        heard += piece
    return heard
