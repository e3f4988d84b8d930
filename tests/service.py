"""The service as tests call it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from app.review.access.people import Account, Role
from app.web.dependencies import cookie_name
from app.web.services import Services

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running application, a client of it, and that client's API key."""

    app: FastAPI
    services: Services
    client: httpx.AsyncClient
    key: str

    def body(self, **changes: Any) -> dict[str, Any]:
        """Return a payment that the active model accepts; an ordinary one unless told otherwise."""
        schema = self.services.models.serving.pair.model.schema
        centre = dict(zip(schema.names, (float(value) for value in schema.centre), strict=False))
        features = centre | changes.pop("features", {})
        body = {
            "transaction_id": uuid4().hex,
            "occurred_at": NOON.isoformat(),
            "amount": str(Decimal("41.90")),
            "currency": "EUR",
            "features": features,
            "attributes": {"card": "•••• 8841"},
        }
        return body | changes

    async def post(self, body: Mapping[str, Any]) -> httpx.Response:
        """Post a transaction."""
        return await self.client.post("/v1/transactions", json=body, headers=self.headers)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Read something as the API client."""
        return await self.client.get(path, params=query, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        """What proves who the API client is."""
        return {"X-API-Key": self.key}

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds a session."""
        return cookie_name(self.services.installation, is_secure=False)

    async def person(self, role: Role, name: str | None = None) -> Account:
        """Return a new colleague."""
        name = name or f"{role.value}-{uuid4().hex[:6]}"
        account_id = await self.services.access.accounts.add(
            name=name, display_name=name.title(), role=role, password=None
        )
        return Account(id=account_id, name=name, display_name=name.title(), role=role)

    async def browser(self, account: Account) -> httpx.AsyncClient:
        """Return a client that is logged in as this person."""
        token = await self.services.access.accounts.new_link_token(account.name)
        session = await self.services.access.accounts.login_by_link(token)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url="http://test",
            cookies={self.cookie: session},
        )
