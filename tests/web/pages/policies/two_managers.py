"""Two managers' programs, one that drafts policies and one that signs for them."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.web.api.policies.policy_calls import Caller, Document, active, document, told

#: Next to nothing was posted in these tests, which every draft and every signature must answer for.
EMPTY = {"window_empty": "It is a test.", "window_short": "It is a test."}
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

    async def ground(self, **body: Any) -> Document:
        """Return a body with the version that decides now, as a move needs it."""
        return {"from": (await active(self.author))["id"], **body}

    async def move(self, who: Caller, version: Document, move: str, **body: Any) -> httpx.Response:
        """Let somebody move a version on what they see now."""
        return await who.post(f"/{version['id']}/{move}", await self.ground(**body))

    async def activate(self, who: Caller, version: Document, **body: Any) -> httpx.Response:
        """Let somebody activate a version, or schedule it."""
        return await self.move(who, version, "activate", **({"reason": "It is time."} | body))

    async def roll_back(self, who: Caller, **body: Any) -> httpx.Response:
        """Let somebody roll back on what they see now."""
        return await who.post("/rollback", await self.ground(**({"reason": "Too many misses."} | body)))

    async def sign(self, version: Document, **answers: str) -> Document:
        """Sign for what is the newest statement of a version."""
        simulation_id = version["newest_simulation"]["id"]
        body = await self.ground(simulation_id=simulation_id, answers=EMPTY | answers)
        signed: Document = told(await self.second.post(f"/{version['id']}/approve", body))
        return signed

    async def signed(self) -> Document:
        """Return a version that was drafted and signed."""
        return await self.sign(await self.draft())

    async def activated(self) -> Document:
        """Return a version that decides now."""
        version: Document = told(await self.activate(self.author, await self.signed()))
        return version

    async def states(self, version: Document) -> list[str]:
        """Return what a version went through, the newest last."""
        events = told(await self.author.get("/history", policy_id=version["id"]))["events"]
        return [event["state"] for event in reversed(events)]

    async def last_details(self, version: Document) -> Document:
        """Return what belongs to a version's last move."""
        events = told(await self.author.get("/history", policy_id=version["id"], limit=1))["events"]
        return dict(events[0]["details"] or {})
