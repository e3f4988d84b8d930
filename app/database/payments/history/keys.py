"""By which fingerprint a key is known: no value of a payment lies in a state."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.scoring.schema.history import KeptHistory

PADS = "SELECT inner_pad, outer_pad FROM link_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """HMAC-SHA256 by the installation's secret, the key within its two pads."""

    inner_pad: bytes
    outer_pad: bytes

    def key(self, history: KeptHistory, value: str) -> UUID:
        """Return by what the state of a value is known."""
        return UUID(bytes=self._digest(f"{history.described}\0\0{value}")[:16])

    def partner(self, entity: str, value: str) -> int:
        """Return 64 bits of a partner."""
        return int.from_bytes(self._digest(f"{entity}\0{value}")[:8])

    def _digest(self, message: str) -> bytes:
        inner = sha256(self.inner_pad + message.encode("utf-8", "surrogatepass")).digest()
        return sha256(self.outer_pad + inner).digest()


async def audit_secret(connection: AsyncConnection) -> bytes:
    """Return the secret by which audits are drawn, the same on every replica; made of the installation's."""
    inner_pad: bytes = (await connection.execute(text("SELECT inner_pad FROM link_keys"))).scalar_one()
    return sha256(b"audit draws\0" + inner_pad).digest()


async def fingerprints(connection: asyncpg.Connection) -> Fingerprints:
    """Return those of this installation."""
    (pads,) = await connection.fetch(PADS)
    return Fingerprints(inner_pad=pads["inner_pad"], outer_pad=pads["outer_pad"])
