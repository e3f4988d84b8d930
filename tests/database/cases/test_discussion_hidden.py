"""From whom a discussion, and what is written as a case is moved, is kept.

One rule, said in Python and in SQL, over all there is.
"""

from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import hides_discussion, hides_words
from app.review import blindness
from app.review.access.people import Ability, Account, Role
from app.review.blindness import LIVE_STATES, reader_of
from app.review.case import CaseKind, CaseState
from app.triage.labels import Label

#: What somebody wrote of the case before: nothing, or a judgement in one of three places.
SAID = [None, *product(("provisional_verdicts", "pending_verdicts", "verdicts"), ("fraud", "escalate"))]


def a_person(role: Role) -> Account:
    return Account(id=7, name="ada", display_name="Ada", role=role)


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("kind", CaseKind)
@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR])
async def test_the_database_keeps_back_what_the_house_keeps_back(
    connection: AsyncConnection, kind: CaseKind, role: Role, said: tuple[str, str] | None
) -> None:
    account = a_person(role)
    written = {
        table: "SELECT 1 AS case_id, 7 AS account_id, CAST(:judgement AS text) AS judgement"
        f" WHERE {said is not None and said[0] == table}"
        for table in ("provisional_verdicts", "pending_verdicts", "verdicts")
    }
    for state, label, has_score, drawn in product(CaseState, Label, (True, False), (None, True, False)):
        found = await connection.execute(
            text(f"""
            WITH blind_draws AS (
                SELECT 1 AS case_id, CAST(:drawn AS boolean) AS is_blind
                WHERE CAST(:drawn AS boolean) IS NOT NULL
            ), {", ".join(f"{table} AS ({rows})" for table, rows in written.items())}
            SELECT {hides_discussion("c", "d", "CAST(:reader AS bigint)")},
                {hides_words("c", "d", "CAST(:reader AS bigint)")}
            FROM (SELECT 1 AS id, CAST(:kind AS text) AS kind, CAST(:state AS text) AS state) c,
                (SELECT CAST(:label AS text) AS label, CAST(:has_score AS boolean) AS is_scored) d
            """),
            {
                "drawn": drawn, "kind": kind.value, "label": label.value, "has_score": has_score,
                "state": state.value, "reader": reader_of(account),
                "judgement": said[1] if said is not None else "fraud",
            },
        )  # fmt: skip
        is_blind = blindness.is_blind(kind, label, has_score=has_score, drawn=drawn)
        has_said = said is not None and said[1] != "escalate"
        assert tuple(found.one()) == (
            blindness.hides_discussion(account, kind, state, is_blind=is_blind, has_said=has_said),
            blindness.hides_words(account, state, is_blind=is_blind, has_score=has_score, has_said=has_said),
        )


@pytest.mark.parametrize(("role", "kind", "state"), list(product(Role, CaseKind, CaseState)))
@pytest.mark.parametrize("is_blind", [True, False])
def test_it_is_kept_from_whoever_may_judge_and_has_not_said_what_they_think(
    role: Role, kind: CaseKind, state: CaseState, is_blind: bool
) -> None:
    account = a_person(role)
    kept = blindness.hides_discussion(account, kind, state, is_blind=is_blind, has_said=False)
    checks_people = kind not in {CaseKind.UNKNOWN, CaseKind.AUDIT}
    assert kept == (account.may(Ability.JUDGE) and state in LIVE_STATES and (is_blind or checks_people))
    assert not blindness.hides_discussion(account, kind, state, is_blind=is_blind, has_said=True)


@pytest.mark.parametrize("kind", CaseKind)
@pytest.mark.parametrize("label", Label)
def test_no_look_at_people_stands_out_by_words_that_are_kept_back(kind: CaseKind, label: Label) -> None:
    """Whatever is kept back of it is kept back of an ordinary case that looks the same."""
    ada = a_person(Role.ANALYST)
    for has_score in (True, False):
        kept = {
            blindness.hides_words(
                ada,
                CaseState.OPEN,
                is_blind=blindness.is_blind(each, of, has_score=has_score, drawn=True),
                has_score=has_score,
                has_said=False,
            )
            for each, of in ((kind, label), (CaseKind.UNKNOWN, Label.UNKNOWN))
        }
        assert kept == {True}
