"""Amounts of several currencies are compared in one, by rates with a date; without a rate none is small."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.rates import read
from app.review.currency_rates import Rate, RatesUnclear, RateTable, rate_of
from app.review.queue.service_level import Priority, ServiceLevels
from tests.builders import rows
from tests.conftest import a_service

DAY = date(2026, 5, 1)
ORDER = """
SELECT t.currency, c.queue_rate FROM cases c JOIN transactions t ON t.id = c.transaction_id
ORDER BY c.priority_key DESC, c.id
"""


async def test_the_queue_compares_in_one_currency_and_ranks_anew_by_new_rates(
    database_url: str, engine: AsyncEngine
) -> None:
    async with a_service(database_url, rates={"JPY": "0.006", "KWD": "3"}) as service:
        for currency, amount in (("JPY", "90000"), ("KWD", "1000")):
            await service.post(service.body(currency=currency, amount=amount))
        assert await rows(engine, ORDER) == [("KWD", 3.0), ("JPY", 0.006)]
        exchange = service.services.payments.exchange_rates
        await exchange.add([Rate(currency="KWD", rate=Decimal("0.001"), as_of=date(2026, 5, 2))])
        assert await rows(engine, ORDER) == [("JPY", 0.006), ("KWD", 0.001)]
        await exchange.add([Rate(currency="KWD", rate=Decimal(9), as_of=date(2026, 4, 1))])
        assert exchange.table.factor("KWD") == 0.001, "an older day changes nothing"


async def test_what_has_no_rate_counts_as_urgent_and_is_never_below_a_threshold(
    database_url: str, engine: AsyncEngine
) -> None:
    async with a_service(database_url, rates={}) as service:
        await service.post(service.body(currency="JPY", amount="1"))
        assert await rows(engine, ORDER) == [("JPY", None)]
        snapshot = await service.services.operations.queue_monitor.now()
        assert snapshot.depth.total(priority=Priority.URGENT) == 1


def test_a_loss_without_a_rate_is_urgent() -> None:
    assert ServiceLevels().priority(None) is Priority.URGENT
    assert ServiceLevels().priority(0.0) is Priority.NORMAL


def test_sums_are_exact_and_carry_the_oldest_date() -> None:
    table = RateTable(
        base="EUR",
        rates={
            "JPY": Rate(currency="JPY", rate=Decimal("0.0061"), as_of=DAY),
            "USD": Rate(currency="USD", rate=Decimal("0.92"), as_of=date(2026, 4, 2)),
        },
    )
    total = table.total({"EUR": Decimal("0.10"), "JPY": Decimal(1000), "USD": Decimal("0.20")})
    assert total is not None
    assert (total.amount, total.currency, total.as_of) == (Decimal("6.384"), "EUR", date(2026, 4, 2))
    assert table.total({"EUR": Decimal(1), "KWD": Decimal(1)}) is None


@pytest.mark.parametrize(
    "row",
    [
        ("usd", "1", "2026-05-01"), ("USDX", "1", "2026-05-01"), ("USD", "0", "2026-05-01"),
        ("USD", "-1", "2026-05-01"), ("USD", "nan", "2026-05-01"), ("USD", "1e99", "2026-05-01"),
        ("USD", "0,92", "2026-05-01"), ("USD", "0.92", "yesterday"), ("USD", "0.92", "2026-05-02"),
        ("EUR", "0.92", "2026-05-01"), ("", "", ""),
    ],
)  # fmt: skip
def test_a_rate_that_cannot_be_meant_is_refused_by_its_line(row: tuple[str, str, str]) -> None:
    named = dict(zip(("currency", "rate", "as_of"), row, strict=True))
    with pytest.raises(RatesUnclear, match=r"^line 7: "):
        rate_of(named, base="EUR", today=DAY, line=7)


def test_a_file_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    good, bad = ("USD", "0.92", "2026-05-01"), ("JPY", "much", "2026-05-01")
    for lines, several in (([good], 1), ([good, bad], 0)):
        with file.open("w", newline="") as written:
            csv.writer(written).writerows([("currency", "rate", "as_of"), *lines])
        if several:
            assert len(read(file, base="EUR", today=DAY)) == several
        else:
            with pytest.raises(typer.Exit):
                read(file, base="EUR", today=DAY)
