"""Static files are cached no longer than they are true."""

import pytest
from httpx import ASGITransport, AsyncClient

from app.web.pages.assets import Assets
from app.web.pages.rendering import STATIC


@pytest.mark.parametrize(
    ("address", "lasts"),
    [
        ("/tokens.css?v=0123456789", "public, max-age=31536000, immutable"),
        # Modules name each other without a fingerprint, so a browser has to ask each time.
        ("/wire.js", "no-cache"),
    ],
)
async def test_only_an_address_with_a_fingerprint_is_kept(address: str, lasts: str) -> None:
    transport = ASGITransport(app=Assets(directory=STATIC))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == lasts
