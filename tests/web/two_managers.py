"""Two managers' programs, one that drafts policies and one that signs for them."""

from dataclasses import dataclass
from typing import Any

from tests.web.policy_calls import Caller, Document, document, told

#: Nothing was posted in these tests, which every draft must answer for.
EMPTY = {"window_empty": "It is a test."}
UNDOES = {"superseded": "What it undoes is to be undone."}


@dataclass(frozen=True, kw_only=True)
class Two:
    """Two managers: the one drafts, the other signs."""

    author: Caller
    second: Caller

    async def draft(self, **changes: Any) -> Document:
        """Keep a draft that approves a little less than the active version; changes are of the body."""
        found = await document(self.author)
        found["approve_at_most"] -= 0.25
        body = {"document": found, "reason": "Less risk.", "answers": EMPTY}
        version: Document = told(await self.author.post("", body | changes), 201)
        return version

    async def sign(self, version: Document, **answers: str) -> Document:
        """Sign for what is the newest statement of a version."""
        body = {"simulation_id": version["newest_simulation"]["id"], "answers": answers}
        signed: Document = told(await self.second.post(f"/{version['id']}/approve", body))
        return signed

    async def signed(self) -> Document:
        """Return a version that was drafted and signed."""
        return await self.sign(await self.draft())

    async def activated(self) -> Document:
        """Return a version that decides now."""
        version: Document = told(await self.author.post(f"/{(await self.signed())['id']}/activate"))
        return version

    async def states(self, version: Document) -> list[str]:
        """Return what a version went through, the newest last."""
        events = told(await self.author.get("/history", policy_id=version["id"]))["events"]
        return [event["state"] for event in reversed(events)]

    async def last_details(self, version: Document) -> Document:
        """Return what belongs to a version's last move."""
        events = told(await self.author.get("/history", policy_id=version["id"], limit=1))["events"]
        return dict(events[0]["details"] or {})
