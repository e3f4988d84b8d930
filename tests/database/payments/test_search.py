"""A search: each way finds, the surest first, and what is still to be judged gives nothing away."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.search import (
    PLAN_FOR_THESE_WORDS,
    WAYS,
    FoundBy,
    FoundPayment,
    SearchQuery,
    search,
)
from app.review.case import CaseState
from app.review.outcome import GroundTruth
from app.triage.labels import Label
from app.workflows.cases.lookup import case_number, sought_words
from tests.builders import NOON
from tests.database.payments.stored_payments import case_of, judged, paid, reported
from tests.database.world import a_world
from tests.payments_written import indexed

LATER = NOON + timedelta(hours=1)


async def found(connection: AsyncConnection, words: str, *, hides_live: bool = True) -> list[FoundPayment]:
    sought = SearchQuery(words=sought_words(words), case_id=case_number(words), hides_live=hides_live)
    return await search(connection, sought, now=LATER, most=51)


async def test_each_way_finds(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    (key,) = await paid(connection, world, card="\u2022\u2022\u2022\u2022 8841", shop="Kadomundo Gent")
    note = f"gift voucher {uuid4().hex}"
    case_id = await judged(connection, key, world.author, note=note)
    number = await connection.scalar(text(f"SELECT transaction_id FROM transactions WHERE id = {key}"))
    for words, by in (
        (f"#{case_id}", FoundBy.CASE),
        (number or "", FoundBy.TRANSACTION),
        ("\u2022\u2022\u2022\u2022 8841", FoundBy.ATTRIBUTE),
        ("kadomundo", FoundBy.ATTRIBUTE),
        ('"kadomundo gent" -antwerp', FoundBy.ATTRIBUTE),
        (note, FoundBy.NOTE),
    ):
        (only,) = await found(connection, words)
        assert (only.found_by, only.case_id, only.case_state) == (by, case_id, CaseState.JUDGED), words
        assert (only.decision, only.truth) == (Label.LEGIT, GroundTruth.FRAUD)


async def test_words_are_found_whole_and_the_newest_first(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    keys = await paid(connection, world, several=60, shop="Tankhof")
    assert await found(connection, "Tank") == []
    many = await found(connection, "tankhof")
    assert len(many) == 51
    newest = await connection.scalar(text(f"SELECT transaction_id FROM transactions WHERE id = {keys[-1]}"))
    assert many[0].transaction_id == newest


async def test_what_is_still_to_be_judged_tells_nothing_and_its_notes_find_nothing(
    connection: AsyncConnection,
) -> None:
    world = await a_world(connection)
    (key,) = await paid(connection, world, card="8841")
    note = uuid4().hex
    first = await judged(connection, key, world.author, note=note)
    await reported(connection, key, "fraud")
    second = await case_of(connection, key, kind="second", first=first)
    assert await found(connection, note) == []
    for words, state in (("8841", CaseState.OPEN), (f"{second}", CaseState.OPEN), (f"{first}", None)):
        (only,) = await found(connection, words)
        assert (only.is_live, only.decision, only.rule, only.truth) == (True, None, None, None)
        assert only.case_state is state
    (told,) = await found(connection, note, hides_live=False)
    assert (told.decision, told.truth) == (Label.LEGIT, GroundTruth.FRAUD)


@pytest.mark.parametrize(
    "words",
    [
        *(
            "\0",
            "a\0b",
            "x" * 10_000,
            "\u00e9" * 10_000,
            "'",
            '"',
            "& | ! :* <->",
            "-",
            "-a",
            "\\",
            "%_",
            "(((",
        ),
        *("9" * 19, "9" * 40, "\ud800", "a:b:c", "or or or", '"" ""', "\u202e", "case", "#"),
    ],
)
async def test_odd_words_find_nothing_and_break_nothing(connection: AsyncConnection, words: str) -> None:
    await a_world(connection)
    assert sought_words(words) == "" or await found(connection, words) is not None


@pytest.mark.parametrize(
    ("words", "number"),
    [
        *(("412", 412), ("#412", 412), ("case 1\u202f412", 1412), ("Case 7", 7)),
        *(("0", None), ("9" * 19, None), ("412a", None), ("", None), ("\u0664\u0661", None)),
    ],
)
def test_a_case_may_be_named_as_it_is_shown(words: str, number: int | None) -> None:
    assert case_number(words) == number


async def test_rare_words_are_found_by_their_index(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    for number in range(500):
        await paid(connection, world, several=40, shop=f"Tankhof {number}")
    await paid(connection, world, shop="Lunaria")
    await indexed(connection)
    # As a vacuum would: until then new words lie in a list that is read from end to end.
    await connection.execute(text("SELECT gin_clean_pending_list('payment_words_default_words_idx')"))
    # Plans go by how rows lie on the disk: in the room that other tests left they would lie anywhere.
    await connection.execute(text("CLUSTER payments_default USING payments_default_pkey"))
    await connection.execute(text("ANALYZE payments, payment_words"))
    await connection.execute(PLAN_FOR_THESE_WORDS)
    _, by_words = WAYS[FoundBy.ATTRIBUTE]
    lunaria = {"words": "lunaria", "same": "lunaria", "most": 51}
    plan = "\n".join((await connection.execute(text(f"EXPLAIN {by_words.text}"), lunaria)).scalars())
    assert "Bitmap Index Scan on payment_words_default_words_idx" in plan
    assert not re.search("Seq Scan on payment(s|_words)_default", plan)


async def test_what_is_not_indexed_yet_is_found_like_what_is(connection: AsyncConnection) -> None:
    """By a link, by a word, and by an id that can be written in several ways."""
    world = await a_world(connection)
    for is_behind in (False, True):
        number, shop = f"n\u00ba {uuid4().hex} ", f"tankhof{is_behind}"
        (key,) = await paid(connection, world, card=f"884{is_behind:d}", shop=shop, numbered=number)
        if is_behind:
            await indexed(connection)
        written = f"{number}1".replace("n\u00ba", "no")
        for words in (f"884{is_behind:d}", shop, written):
            (only,) = await found(connection, words)
            assert only.transaction_id == f"{number}1", (words, key)
