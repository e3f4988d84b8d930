"""People's programs at the policies' API, and what they send."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.review.access.people import Account, Role
from tests.service import Service

POLICIES = "/v1/policies"
#: More than PostgreSQL's bigint holds.
BEYOND = 2**63

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A program that acts in a person's name by an access token."""

    account: Account
    client: httpx.AsyncClient
    token: str

    async def get(self, path: str = "", *, accept: str = "*/*", **query: Any) -> httpx.Response:
        """Read something of policies."""
        headers = self._headers | {"Accept": accept}
        return await self.client.get(f"{POLICIES}{path}", params=query, headers=headers)

    async def post(self, path: str = "", body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Post a body as Python writes JSON, so that NaN and Infinity arrive as such."""
        return await self.post_text(path, json.dumps({} if body is None else body))

    async def post_text(self, path: str, content: str | bytes) -> httpx.Response:
        """Post whatever this is as if it were JSON."""
        headers = self._headers | {"Content-Type": "application/json"}
        return await self.client.post(f"{POLICIES}{path}", content=content, headers=headers)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def a_caller(service: Service, role: Role, name: str | None = None) -> Caller:
    """Return a new colleague's program."""
    account = await service.person(role, name)
    token = await service.services.access.accounts.new_access_token(
        account.name, token_name="a test", lasts=timedelta(hours=1)
    )
    return Caller(account=account, client=service.client, token=token)


def told(answer: httpx.Response, status: int = 200) -> Any:
    """Return what a good answer says."""
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: httpx.Response, status: int, slug: str | None = None) -> Document:
    """Return the problem of an answer that refuses."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: Document = answer.json()
    assert {"type", "title", "status", "detail", "errors"} <= problem.keys()
    assert (problem["status"], bool(problem["title"]), bool(problem["detail"])) == (status, True, True)
    assert problem["type"].startswith("urn:tertium:problem:")
    assert slug is None or problem["type"] == f"urn:tertium:problem:{slug}"
    return problem


def fields(answer: httpx.Response) -> list[str]:
    """Return the fields that a refusal of a body names."""
    return [error["field"] for error in refused(answer, 422)["errors"]]


async def active(caller: Caller) -> Document:
    """Return the version that decides now."""
    version: Document = told(await caller.get("/active"))
    return version


async def document(caller: Caller, **changes: Any) -> Document:
    """Return the active policy's document with these changes."""
    found: Document = (await active(caller))["document"]
    return found | changes


def window(since: datetime, until: datetime) -> Document:
    """Return a window as a body holds it."""
    return {"since": since.isoformat(), "until": until.isoformat()}
