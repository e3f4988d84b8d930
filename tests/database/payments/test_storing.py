"""What a stored payment's key, features and statement rest on, held against the database's own words."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.intake.driver_statement import DriverStatement
from app.database.payments.intake.feature_lists import in_order
from app.database.payments.intake.storing import identity_of

ON_ONE_CONNECTION = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


async def test_code_and_database_know_a_repeat_by_the_same_digest(connection: AsyncConnection) -> None:
    told = ["order-1", "order 1", "ⅳ", "😀" * 32, "1:2", "x" * 128]
    for client in (1, 2, 2**31 - 1):
        for each in told:
            found = await connection.scalar(
                text("SELECT payment_identity(:client, :told)"), {"client": client, "told": each}
            )
            assert found == identity_of(client, each)
    assert identity_of(1, "1:2") != identity_of(11, ":2")


async def test_features_lie_in_the_order_of_the_databases_objects(connection: AsyncConnection) -> None:
    @ON_ONE_CONNECTION
    @given(names=st.lists(WORDS, min_size=1, max_size=12, unique=True))
    def ordered(names: list[str]) -> None:
        drawn.append(tuple(names))

    drawn: list[tuple[str, ...]] = []
    ordered()
    question = text(
        "SELECT ARRAY(SELECT jsonb_object_keys(jsonb_object_agg(name, 0)))"
        " FROM unnest(CAST(:names AS text[])) name"
    )
    for names in drawn:
        assert tuple(await connection.scalar(question, {"names": list(names)})) == in_order(names)


def test_parameters_are_numbered_where_they_first_stand() -> None:
    statement = DriverStatement.of("SELECT :b::int, x[f:t], :a, (:b), '{}'::jsonb")
    assert statement.sql == "SELECT $1::int, x[f:t], $2, ($1), '{}'::jsonb"
    assert statement.values({"a": 1, "b": 2}) == [2, 1]
