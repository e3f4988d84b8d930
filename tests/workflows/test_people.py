"""Who comes in, by what, how often, and for how long."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.people import AccountNotFound, NameTaken
from app.review.people import ABILITIES, Ability, NameImpossible, PasswordImpossible, Role
from app.workflows.people import (
    ATTEMPTS_ALLOWED,
    ATTEMPTS_WINDOW,
    KEY_CACHE_SECONDS,
    LINK_LASTS,
    ApiKeys,
    KeyUnknown,
    LoginRefused,
    People,
    TooManyAttempts,
)
from tests.builders import NOON, Clock, rows, run, value

PASSWORD = "correct horse battery staple"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(engine: AsyncEngine, clock: Clock) -> People:
    return People(engine, clock=clock, session_lasts=timedelta(hours=12))


@pytest.fixture
async def anna(people: People) -> str:
    await people.add(name="anna", display_name="Anna", role=Role.ANALYST, password=PASSWORD)
    return "anna"


async def test_a_right_password_opens_a_session(people: People, anna: str) -> None:
    found = await people.visitor(await people.login(anna, PASSWORD))
    assert found is not None
    account, csrf_token = found
    assert (account.name, account.display_name, account.role) == ("anna", "Anna", Role.ANALYST)
    assert len(csrf_token) >= 32


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", "wrong"), ("anna", ""), ("nobody", PASSWORD), ("anna", PASSWORD + "x" * 2000)],
)
async def test_anything_else_opens_none(people: People, anna: str, name: str, password: str) -> None:
    assert anna
    with pytest.raises(LoginRefused):
        await people.login(name, password)


async def test_without_a_password_no_password_fits(people: People) -> None:
    await people.add(name="linus", display_name="Linus", role=Role.ANALYST, password=None)
    with pytest.raises(LoginRefused):
        await people.login("linus", "")


async def test_nothing_secret_is_kept_as_it_is(people: People, anna: str, engine: AsyncEngine) -> None:
    session = await people.login(anna, PASSWORD)
    link = await people.new_link_token(anna)
    key = await ApiKeys(engine, monotonic=lambda: 0.0).add("shop", NOON)
    kept = ""
    for table in ("accounts", "sessions", "login_links", "clients"):
        kept += str(await rows(engine, f"SELECT * FROM {table}"))
    assert not [secret for secret in (PASSWORD, session, link, key) if secret in kept]
    assert "$argon2id$" in kept


async def test_a_session_ends_at_its_time(people: People, anna: str, clock: Clock) -> None:
    session = await people.login(anna, PASSWORD)
    clock.passes(hours=12, seconds=-1)
    assert await people.visitor(session) is not None
    clock.passes(seconds=1)
    assert await people.visitor(session) is None


async def test_logging_out_ends_this_session_and_no_other(people: People, anna: str) -> None:
    office, home = await people.login(anna, PASSWORD), await people.login(anna, PASSWORD)
    await people.logout(office)
    assert await people.visitor(office) is None
    assert await people.visitor(home) is not None


async def test_who_is_no_longer_active_is_out_at_once(people: People, anna: str, engine: AsyncEngine) -> None:
    session, link = await people.login(anna, PASSWORD), await people.new_link_token(anna)
    await run(engine, "UPDATE accounts SET is_active = false WHERE name = 'anna'")
    assert await people.visitor(session) is None
    with pytest.raises(LoginRefused):
        await people.login(anna, PASSWORD)
    with pytest.raises(LoginRefused):
        await people.login_by_link(link)
    with pytest.raises(AccountNotFound):
        await people.new_link_token(anna)


async def test_a_link_logs_in_once(people: People, anna: str) -> None:
    link = await people.new_link_token(anna)
    assert await people.visitor(await people.login_by_link(link)) is not None
    with pytest.raises(LoginRefused):
        await people.login_by_link(link)


async def test_a_new_link_takes_the_place_of_the_one_before(people: People, anna: str) -> None:
    first, second = await people.new_link_token(anna), await people.new_link_token(" ANNA ")
    assert not await people.is_link_open(first)
    with pytest.raises(LoginRefused):
        await people.login_by_link(first)
    assert await people.is_link_open(second)
    assert await people.login_by_link(second)
    assert not await people.is_link_open(second)


async def test_links_made_at_once_leave_one_open(people: People, anna: str) -> None:
    tokens = await asyncio.gather(*(people.new_link_token(anna) for _ in range(8)))
    assert sum([await people.is_link_open(token) for token in tokens]) == 1


async def test_a_link_followed_many_times_at_once_logs_in_once(people: People, anna: str) -> None:
    link = await people.new_link_token(anna)
    heard = await asyncio.gather(*(people.login_by_link(link) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(each, str) for each in heard) == 1


async def test_a_link_grows_old(people: People, anna: str, clock: Clock) -> None:
    link = await people.new_link_token(anna)
    clock.passes(seconds=LINK_LASTS.total_seconds())
    with pytest.raises(LoginRefused):
        await people.login_by_link(link)


@pytest.mark.parametrize("name", ["system:bootstrap", "system:train"])
async def test_the_machines_own_accounts_never_come_in(
    people: People, engine: AsyncEngine, name: str
) -> None:
    with pytest.raises(AccountNotFound):
        await people.new_link_token(name)
    # Not even by a link that somebody wrote into the table.
    await run(
        engine,
        "INSERT INTO login_links (token_sha256, account_id, created_at, expires_at)"
        " SELECT encode(sha256('forged'), 'hex'), id, :now, :later FROM accounts WHERE name = :name",
        now=NOON,
        later=NOON + timedelta(hours=1),
        name=name,
    )
    with pytest.raises(LoginRefused):
        await people.login_by_link("forged")


async def test_guessing_is_stopped_and_forgiven_later(people: People, anna: str, clock: Clock) -> None:
    for _ in range(ATTEMPTS_ALLOWED):
        with pytest.raises(LoginRefused):
            await people.login(anna, "guess")
    with pytest.raises(TooManyAttempts):
        await people.login(anna, PASSWORD)
    link = await people.new_link_token(anna)
    assert await people.login_by_link(link)
    clock.passes(seconds=ATTEMPTS_WINDOW.total_seconds() + 1)
    assert await people.login(anna, PASSWORD)


async def test_guessing_at_once_gets_no_more_guesses(people: People, anna: str) -> None:
    heard = await asyncio.gather(
        *(people.login(anna, f"guess {number}") for number in range(30)), return_exceptions=True
    )
    assert sum(isinstance(each, LoginRefused) for each in heard) == ATTEMPTS_ALLOWED
    assert sum(isinstance(each, TooManyAttempts) for each in heard) == 30 - ATTEMPTS_ALLOWED


async def test_who_logs_in_often_is_no_guesser(people: People, anna: str) -> None:
    for _ in range(ATTEMPTS_ALLOWED + 2):
        assert await people.login(anna, PASSWORD)


@pytest.mark.parametrize("other", ["BOB", "bob ", "\tBob\n", "\uff22ob", "bo\u00a0b".replace("\u00a0", "")])
async def test_names_that_read_the_same_are_one_person(people: People, other: str) -> None:
    await people.add(name="bob", display_name="Bob", role=Role.ANALYST, password=PASSWORD)
    with pytest.raises(NameTaken):
        await people.add(name=other, display_name="Bob", role=Role.ADMIN, password=None)
    assert await people.login(other, PASSWORD)
    assert await people.new_link_token(other)


async def test_a_name_and_a_password_are_the_same_in_every_form_of_unicode(people: People) -> None:
    composed, apart = "J\u00fcrgen", "Ju\u0308rgen"
    await people.add(name=apart, display_name=apart, role=Role.ANALYST, password=f"{apart} {PASSWORD}")
    with pytest.raises(NameTaken):
        await people.add(name=composed, display_name="Jo", role=Role.ANALYST, password=None)
    assert [account.name for account in await people.accounts()] == [composed]
    assert await people.login(composed.upper(), f"{composed} {PASSWORD}")


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u202ebob", "bo\u200bb", "x" * 201])
async def test_a_name_nobody_can_read_is_refused(people: People, engine: AsyncEngine, name: str) -> None:
    for names in ({"name": name, "display_name": "B"}, {"name": "b", "display_name": name}):
        with pytest.raises(NameImpossible):
            await people.add(**names, role=Role.ANALYST, password=None)
    assert await people.accounts() == []
    with pytest.raises(NameImpossible):
        await ApiKeys(engine, monotonic=lambda: 0.0).add(name, NOON)


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 1001, "x" * 1200])
async def test_a_password_that_could_never_serve_is_refused(people: People, password: str) -> None:
    with pytest.raises(PasswordImpossible):
        await people.add(name="anna", display_name="Anna", role=Role.ANALYST, password=password)
    assert await people.accounts() == []


@pytest.mark.parametrize("password", ["x" * 12, "x" * 1000, "\u00fc" * 1000, " " * 11 + "x"])
async def test_every_password_that_is_taken_logs_in(people: People, password: str) -> None:
    await people.add(name="anna", display_name="Anna", role=Role.ANALYST, password=password)
    assert await people.login("anna", password)


async def test_wrong_passwords_count_under_every_spelling_of_a_name(people: People, anna: str) -> None:
    for number in range(ATTEMPTS_ALLOWED):
        with pytest.raises(LoginRefused):
            await people.login("ANNA" if number % 2 else " anna", "guess")
    with pytest.raises(TooManyAttempts):
        await people.login(anna, PASSWORD)


async def test_a_name_is_given_once(people: People, anna: str) -> None:
    with pytest.raises(NameTaken):
        await people.add(name=anna, display_name="Another", role=Role.ADMIN, password=None)
    assert [account.name for account in await people.accounts()] == ["anna"]


def test_each_role_may_what_its_work_needs() -> None:
    who = {
        ability: {role for role, abilities in ABILITIES.items() if ability in abilities}
        for ability in Ability
    }
    assert who == {
        Ability.JUDGE: {Role.ANALYST, Role.SENIOR, Role.MANAGER},
        Ability.JUDGE_ESCALATED: {Role.SENIOR, Role.MANAGER},
        Ability.SEE_POLICIES: {Role.MANAGER, Role.AUDITOR, Role.ADMIN},
        Ability.TUNE_POLICIES: {Role.MANAGER},
        Ability.MANAGE_PEOPLE: {Role.ADMIN},
        Ability.SEE_FLOOR: {Role.SENIOR, Role.MANAGER, Role.AUDITOR},
        Ability.SEE_QUALITY: {Role.SENIOR, Role.MANAGER, Role.AUDITOR},
        Ability.TAKE_BACK: {Role.SENIOR, Role.MANAGER},
    }
    assert ABILITIES[Role.SYSTEM] == frozenset()


async def test_a_key_is_looked_up_once_and_then_remembered_for_a_while(engine: AsyncEngine) -> None:
    now = 0.0
    keys = ApiKeys(engine, monotonic=lambda: now)
    key = await keys.add("shop", NOON)
    client = await keys.client_id(key)
    await run(engine, "UPDATE clients SET revoked_at = now()")
    now = KEY_CACHE_SECONDS - 0.1
    assert await keys.client_id(key) == client
    now = KEY_CACHE_SECONDS
    with pytest.raises(KeyUnknown):
        await keys.client_id(key)


async def test_a_replaced_key_works_no_longer(engine: AsyncEngine) -> None:
    now = 0.0
    keys = ApiKeys(engine, monotonic=lambda: now)
    old = await keys.add("shop", NOON)
    client = await keys.client_id(old)
    with pytest.raises(NameTaken):
        await keys.add("shop", NOON)
    new = await keys.add("shop", NOON, replace=True)
    assert await keys.client_id(new) == client
    now = KEY_CACHE_SECONDS
    with pytest.raises(KeyUnknown):
        await keys.client_id(old)


@pytest.mark.parametrize("key", ["", "tertium_guess", "x" * 10_000, "\x00", "ü"])
async def test_a_guessed_key_is_unknown(engine: AsyncEngine, key: str) -> None:
    keys = ApiKeys(engine, monotonic=lambda: 0.0)
    with pytest.raises(KeyUnknown):
        await keys.client_id(key)
    assert await value(engine, "SELECT count(*) FROM clients") == 0
