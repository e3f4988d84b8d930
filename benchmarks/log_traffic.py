"""Traffic that would show in a careless log: payments, and each way in which one can go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import orjson

from benchmarks.log_search import values_of

#: By this amount the database refuses a payment as it would any broken rule, telling the whole row.
FAULTY_AMOUNT = "66666.61"
#: By this one a trigger raises, with the payment in its own words.
RAISING_AMOUNT = "66666.62"
FAULTS = f"""
ALTER TABLE payments ADD CONSTRAINT no_such_amount CHECK (amount <> {FAULTY_AMOUNT});
CREATE FUNCTION refuse_loudly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount = {RAISING_AMOUNT} THEN RAISE EXCEPTION 'what is this? %', NEW; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_loudly BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION refuse_loudly();
"""
SINGLE, BATCH, LABELS = "/v1/transactions", "/v1/transactions/batch", "/v1/labels"


@dataclass(kw_only=True)
class Traffic:
    """One client's requests; `posted` holds every value that it sent, `statuses` what it heard."""

    client: httpx.AsyncClient
    headers: Mapping[str, str]
    posted: set[str] = field(default_factory=set)
    statuses: dict[int, int] = field(default_factory=dict)

    async def all_kinds(self, body: dict[str, Any]) -> None:
        """Send a payment in every way there is, once each."""
        await self.payment(body)
        await self.payment(body)
        await self.payment(body | {"amount": "98765.43"})
        for change in self.wrong(body):
            await self.payment(body | change | {"transaction_id": f"{body['transaction_id']}-wrong"})
        await self.refused_by_the_database(body)
        await self.malformed(body)
        await self.batches(body)
        await self.labels(body)
        await self.read(body)

    async def payment(self, body: dict[str, Any]) -> None:
        """Post a payment, its values in headers too."""
        card = str(next(iter(body["attributes"].values()), "none"))
        told = {
            "User-Agent": quote(card),
            "X-Request-ID": quote(card),
            "Referer": f"http://shop/{quote(card)}",
        }
        await self.sent("POST", SINGLE, body, json=body, headers=told)

    def wrong(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Return changes by which a payment is refused."""
        features = body["features"]
        name = next(iter(features))
        return [
            {"amount": "-77777.77"},
            {"amount": "1_0777.77"},
            {"currency": "secret currency"},
            {"occurred_at": "yesterday at the jeweller's"},
            {"features": {**features, name: "a feature in words"}},
            {"features": {"unheard of": 0.7236455}},
            {"attributes": {"card": ["4000 0012 3456 7899"]}},
            {"attributes": {"card": "4000 0012 3456 7899"}},
            {"attributes": {"4000001234567899": "a card number as a name"}},
            {"unheard of": "a whole new field"},
        ]

    async def refused_by_the_database(self, body: dict[str, Any]) -> None:
        """Post what breaks a rule of the database, alone and among others."""
        for amount in (FAULTY_AMOUNT, RAISING_AMOUNT):
            faulty = body | {"amount": amount, "transaction_id": f"{body['transaction_id']}-{amount}"}
            await self.payment(faulty)
            await self.sent("POST", BATCH, faulty, json=[faulty])

    async def malformed(self, body: dict[str, Any]) -> None:
        """Post what is no JSON, no UTF-8, no known media type, or two things at once."""
        whole = orjson.dumps(body)
        for content, kind in (
            (whole[:-20], "application/json"),
            (whole.replace(b"{", b'{"amount":"55555.55",', 1), "application/json"),
            (b"\xff\xfe" + whole, "application/json"),
            (whole, "text/plain; charset=utf-16"),
            (whole + whole, "application/json"),
        ):
            for path in (SINGLE, BATCH):
                await self.sent("POST", path, body, content=content, headers={"Content-Type": kind})

    async def batches(self, body: dict[str, Any]) -> None:
        """Post batches of good and bad rows, as JSON and as lines."""
        rows = [body | {"transaction_id": f"{body['transaction_id']}-{number}"} for number in range(3)]
        rows.append(rows[0] | {"amount": "44444.44"})
        rows.append(rows[0] | {"features": {}})
        await self.sent("POST", BATCH, rows, json=rows)
        lines = b"\n".join([*map(orjson.dumps, rows), orjson.dumps(body)[:-9]])
        await self.sent("POST", BATCH, rows, content=lines, headers={"Content-Type": "application/x-ndjson"})

    async def labels(self, body: dict[str, Any]) -> None:
        """Report what became of a payment, rightly and wrongly."""
        label = {
            "transaction_id": body["transaction_id"], "label": "fraud", "source": "chargeback desk",
            "occurred_at": body["occurred_at"], "learned_at": body["occurred_at"],
        }  # fmt: skip
        for change in ({}, {"label": "perhaps a fraud"}, {"transaction_id": "payment nobody sent"}):
            await self.sent("POST", LABELS, body, json={"labels": [label | change]})

    async def read(self, body: dict[str, Any]) -> None:
        """Ask for what was posted, by addresses that hold it."""
        for value in (body["transaction_id"], *body["attributes"].values()):
            told = quote(str(value), safe="")
            for path in (f"/v1/transactions/{told}", f"/search?query={told}", f"/{told}", f"/v1/{told}"):
                await self.sent("GET", path, body)
                await self.sent("DELETE", path, body)

    async def sent(self, method: str, path: str, body: Any, **request: Any) -> None:
        """Send one request; what it holds is what was posted."""
        self.posted |= values_of(body)
        headers = {**self.headers, **request.pop("headers", {})}
        answer = await self.client.request(method, path, headers=headers, **request)
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1


async def break_rules(address: str) -> None:
    """Let the database refuse some payments from now on."""
    connection = await asyncpg.connect(address.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        await connection.execute(FAULTS)
    finally:
        await connection.close()
