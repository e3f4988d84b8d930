"""Labels from verdicts: a group weighs one judgement, gold and second looks weigh nothing."""

from datetime import timedelta

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases.judged_labels import judged_labels
from app.review.access.people import Role
from tests.builders import NOON
from tests.database.world import a_world
from tests.judged import Judged


async def test_a_group_weighs_one_judgement_and_a_correction_its_own(connection: AsyncConnection) -> None:
    await a_world(connection)
    written = Judged(connection=connection)
    ada, grace = await written.person("Ada"), await written.person("Grace", Role.SENIOR)
    group = await written.group(ada)
    cases = [await written.judged(ada, "fraud", group=group, at=NOON) for _ in range(4)]
    at = NOON + timedelta(minutes=1)
    await written.judged(ada, "legit", at=at)
    await written.gold(ada, "fraud", "fraud", at=at)
    await written.looked_twice((ada, "legit"), (grace, "fraud"))
    first = await connection.scalar(text("SELECT id FROM verdicts WHERE case_id = :case"), {"case": cases[0]})
    assert first is not None
    await written.verdict(cases[0], grace, "legit", at=at, corrects=first, note="The holder called.")
    labels = await judged_labels(connection, NOON, at + timedelta(minutes=1))
    assert labels.transaction_keys.size == labels.is_fraud.size == labels.weights.size == 6
    np.testing.assert_allclose(np.sort(labels.weights), [1 / 3, 1 / 3, 1 / 3, 1, 1, 1])
    assert labels.is_fraud.tolist().count(True) == 3
    assert (labels.weights[labels.is_fraud] == 1 / 3).all()


async def test_nothing_judged_is_no_label(connection: AsyncConnection) -> None:
    labels = await judged_labels(connection, NOON, NOON + timedelta(days=1))
    assert (labels.transaction_keys.size, labels.weights.size) == (0, 0)
