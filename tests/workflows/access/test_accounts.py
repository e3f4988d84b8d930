"""Who comes in, by what, how often, and for how long."""

import asyncio
import re
from datetime import timedelta

import pytest
from pwdlib import PasswordHash
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.access import login_attempts
from app.database.access.accounts import AccountNotFound, NameTaken
from app.review.access.login_limits import (
    ATTEMPTS_ALLOWED,
    ATTEMPTS_KEPT,
    CROWD_ALLOWED,
    FIRST_WAIT,
    LONGEST_DELAY,
    LONGEST_WAIT,
)
from app.review.access.people import ABILITIES, Ability, NameImpossible, PasswordImpossible, Role
from app.workflows.access.accounts import (
    LINK_LASTS,
    Accounts,
    LoginRefused,
    TooManyAttempts,
)
from app.workflows.access.api_keys import ApiKeys
from tests.builders import NOON, Clock, rows, run, value
from tests.conftest import RECOMMENDED

PASSWORD = "correct horse battery staple"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(engine: AsyncEngine, clock: Clock) -> Accounts:
    return Accounts(engine, clock=clock, session_lasts=timedelta(hours=12))


@pytest.fixture
async def anna(people: Accounts) -> str:
    await people.add(name="anna", display_name="Anna", role=Role.ANALYST, password=PASSWORD)
    return "anna"


async def test_a_right_password_opens_a_session(people: Accounts, anna: str) -> None:
    found = await people.visitor(await people.login(anna, PASSWORD))
    assert found is not None
    account, csrf_token = found
    assert (account.name, account.display_name, account.role) == ("anna", "Anna", Role.ANALYST)
    assert len(csrf_token) >= 32


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", "wrong"), ("anna", ""), ("nobody", PASSWORD), ("anna", PASSWORD + "x" * 2000)],
)
async def test_anything_else_opens_none(people: Accounts, anna: str, name: str, password: str) -> None:
    assert anna
    with pytest.raises(LoginRefused):
        await people.login(name, password)


async def test_without_a_password_no_password_fits(people: Accounts) -> None:
    await people.add(name="linus", display_name="Linus", role=Role.ANALYST, password=None)
    with pytest.raises(LoginRefused):
        await people.login("linus", "")


async def test_nothing_secret_is_kept_as_it_is(people: Accounts, anna: str, engine: AsyncEngine) -> None:
    session = await people.login(anna, PASSWORD)
    link = await people.new_link_token(anna)
    key = await ApiKeys(engine, monotonic=lambda: 0.0).add("shop", NOON)
    kept = ""
    for table in ("accounts", "sessions", "login_links", "clients"):
        kept += str(await rows(engine, f"SELECT * FROM {table}"))
    assert not [secret for secret in (PASSWORD, session, link, key) if secret in kept]
    assert "$argon2id$" in kept


def test_a_hash_costs_what_is_recommended() -> None:
    """By OWASP: 19 MiB and two passes at least; other tests hash more cheaply."""
    costs = re.search(r"\$m=(\d+),t=(\d+),p=\d+\$", RECOMMENDED().hash(PASSWORD))
    assert costs is not None
    assert int(costs[1]) >= 19 * 1024
    assert int(costs[2]) >= 2


async def test_a_session_ends_at_its_time(people: Accounts, anna: str, clock: Clock) -> None:
    session = await people.login(anna, PASSWORD)
    clock.passes(hours=12, seconds=-1)
    assert await people.visitor(session) is not None
    clock.passes(seconds=1)
    assert await people.visitor(session) is None


async def test_logging_out_ends_this_session_and_no_other(people: Accounts, anna: str) -> None:
    office, home = await people.login(anna, PASSWORD), await people.login(anna, PASSWORD)
    await people.logout(office)
    assert await people.visitor(office) is None
    assert await people.visitor(home) is not None


async def test_who_is_no_longer_active_is_out_at_once(
    people: Accounts, anna: str, engine: AsyncEngine
) -> None:
    session, link = await people.login(anna, PASSWORD), await people.new_link_token(anna)
    await run(engine, "UPDATE accounts SET is_active = false WHERE name = 'anna'")
    assert await people.visitor(session) is None
    with pytest.raises(LoginRefused):
        await people.login(anna, PASSWORD)
    with pytest.raises(LoginRefused):
        await people.login_by_link(link)
    with pytest.raises(AccountNotFound):
        await people.new_link_token(anna)


async def test_a_link_logs_in_once(people: Accounts, anna: str) -> None:
    link = await people.new_link_token(anna)
    assert await people.visitor(await people.login_by_link(link)) is not None
    with pytest.raises(LoginRefused):
        await people.login_by_link(link)


async def test_a_new_link_takes_the_place_of_the_one_before(people: Accounts, anna: str) -> None:
    first, second = await people.new_link_token(anna), await people.new_link_token(" ANNA ")
    assert not await people.is_link_open(first)
    with pytest.raises(LoginRefused):
        await people.login_by_link(first)
    assert await people.is_link_open(second)
    assert await people.login_by_link(second)
    assert not await people.is_link_open(second)


async def test_links_made_at_once_leave_one_open(people: Accounts, anna: str) -> None:
    tokens = await asyncio.gather(*(people.new_link_token(anna) for _ in range(8)))
    assert sum([await people.is_link_open(token) for token in tokens]) == 1


async def test_a_link_followed_many_times_at_once_logs_in_once(people: Accounts, anna: str) -> None:
    link = await people.new_link_token(anna)
    heard = await asyncio.gather(*(people.login_by_link(link) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(each, str) for each in heard) == 1


async def test_a_link_grows_old(people: Accounts, anna: str, clock: Clock) -> None:
    link = await people.new_link_token(anna)
    clock.passes(seconds=LINK_LASTS.total_seconds())
    with pytest.raises(LoginRefused):
        await people.login_by_link(link)


@pytest.mark.parametrize("name", ["system:bootstrap", "system:train"])
async def test_the_machines_own_accounts_never_come_in(
    people: Accounts, engine: AsyncEngine, name: str
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


async def guesses(people: Accounts, name: str, number: int, *, source: str = "198.51.100.7") -> None:
    for _ in range(number):
        with pytest.raises(LoginRefused):
            await people.login(name, "guess", source=source)


async def test_guessing_is_stopped_for_longer_each_time_and_a_link_still_works(
    people: Accounts, anna: str, clock: Clock
) -> None:
    await guesses(people, anna, ATTEMPTS_ALLOWED)
    waits = []
    for _ in range(4):
        with pytest.raises(TooManyAttempts) as refused:
            await people.login(anna, PASSWORD, source="198.51.100.7")
        waits.append(refused.value.wait)
        clock.passes(seconds=refused.value.wait.total_seconds())
        await guesses(people, anna, 1)
    assert waits == [FIRST_WAIT * 2**number for number in range(4)]
    assert await people.login_by_link(await people.new_link_token(anna))
    clock.passes(seconds=LONGEST_WAIT.total_seconds())
    assert await people.login(anna, PASSWORD, source="198.51.100.7")


async def test_nobody_is_locked_out_by_a_strangers_guesses(people: Accounts, anna: str) -> None:
    await guesses(people, anna, ATTEMPTS_ALLOWED)
    with pytest.raises(TooManyAttempts):
        await people.login(anna, PASSWORD, source="198.51.100.7")
    assert await people.login(anna, PASSWORD, source="203.0.113.9")


async def test_a_name_guessed_from_everywhere_is_answered_later_but_answered(
    engine: AsyncEngine, clock: Clock, anna: str
) -> None:
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    people = Accounts(engine, clock=clock, session_lasts=timedelta(hours=12), pause=pause)
    await run(
        engine,
        "INSERT INTO login_attempts (name, source, failed_at)"
        " SELECT 'anna', '198.51.100.' || n / 10, :now FROM generate_series(1, :most) n",
        now=NOON,
        most=3 * CROWD_ALLOWED,
    )
    assert await people.login(anna, PASSWORD, source="203.0.113.9")
    assert paused == [LONGEST_DELAY.total_seconds()]


async def test_who_knew_the_password_starts_anew(people: Accounts, anna: str) -> None:
    for _ in range(3):
        await guesses(people, anna, ATTEMPTS_ALLOWED - 1)
        assert await people.login(anna, PASSWORD, source="198.51.100.7")


@pytest.mark.parametrize("name", ["anna", "nobody"])
async def test_waiting_does_not_tell_whether_there_is_such_a_name(
    people: Accounts, anna: str, name: str
) -> None:
    assert anna
    await guesses(people, name, ATTEMPTS_ALLOWED)
    with pytest.raises(TooManyAttempts) as refused:
        await people.login(name, "guess", source="198.51.100.7")
    assert refused.value.wait == FIRST_WAIT


@pytest.mark.parametrize("name", ["anna", "linus", "gone", "nobody"])
async def test_every_refusal_costs_one_hash_whether_there_is_such_a_name_or_not(
    people: Accounts, anna: str, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Counted, not timed: how long a hash takes depends on how busy the machine is."""
    assert anna
    await people.add(name="linus", display_name="Linus", role=Role.ANALYST, password=None)
    await people.add(name="gone", display_name="Gone", role=Role.ANALYST, password=PASSWORD)
    await run(engine, "UPDATE accounts SET is_active = false WHERE name = 'gone'")
    verified: list[str] = []
    real = PasswordHash.verify

    def counted(self: PasswordHash, password: str, stored: str) -> bool:
        verified.append(stored)
        return real(self, password, stored)

    monkeypatch.setattr(PasswordHash, "verify", counted)
    with pytest.raises(LoginRefused):
        await people.login(name, "guess")
    assert [stored.split("$")[1] for stored in verified] == ["argon2id"]


async def test_old_attempts_are_deleted_and_so_are_too_many(
    engine: AsyncEngine, clock: Clock, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = Accounts(engine, clock=clock, session_lasts=timedelta(hours=12))
    await guesses(people, anna, 3)
    clock.passes(seconds=ATTEMPTS_KEPT.total_seconds() - 1)
    await guesses(people, "nobody", 5)
    clock.passes(seconds=1)
    await people.forget_attempts()
    assert await value(engine, "SELECT count(*) FROM login_attempts") == 5
    monkeypatch.setattr(login_attempts, "MOST_KEPT", 2)
    await people.forget_attempts()
    assert await value(engine, "SELECT count(*) FROM login_attempts") == 2


async def test_guessing_at_once_gets_no_more_guesses(people: Accounts, anna: str) -> None:
    heard = await asyncio.gather(
        *(people.login(anna, f"guess {number}") for number in range(30)), return_exceptions=True
    )
    assert sum(isinstance(each, LoginRefused) for each in heard) == ATTEMPTS_ALLOWED
    assert sum(isinstance(each, TooManyAttempts) for each in heard) == 30 - ATTEMPTS_ALLOWED


async def test_who_logs_in_often_is_no_guesser(people: Accounts, anna: str) -> None:
    for _ in range(ATTEMPTS_ALLOWED + 2):
        assert await people.login(anna, PASSWORD)


@pytest.mark.parametrize("other", ["BOB", "bob ", "\tBob\n", "\uff22ob", "bo\u00a0b".replace("\u00a0", "")])
async def test_names_that_read_the_same_are_one_person(people: Accounts, other: str) -> None:
    await people.add(name="bob", display_name="Bob", role=Role.ANALYST, password=PASSWORD)
    with pytest.raises(NameTaken):
        await people.add(name=other, display_name="Bob", role=Role.ADMIN, password=None)
    assert await people.login(other, PASSWORD)
    assert await people.new_link_token(other)


async def test_a_name_and_a_password_are_the_same_in_every_form_of_unicode(people: Accounts) -> None:
    composed, apart = "J\u00fcrgen", "Ju\u0308rgen"
    await people.add(name=apart, display_name=apart, role=Role.ANALYST, password=f"{apart} {PASSWORD}")
    with pytest.raises(NameTaken):
        await people.add(name=composed, display_name="Jo", role=Role.ANALYST, password=None)
    assert [account.name for account in await people.accounts()] == [composed]
    assert await people.login(composed.upper(), f"{composed} {PASSWORD}")


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u202ebob", "bo\u200bb", "x" * 201])
async def test_a_name_nobody_can_read_is_refused(people: Accounts, engine: AsyncEngine, name: str) -> None:
    for login, shown in ((name, "B"), ("b", name)):
        with pytest.raises(NameImpossible):
            await people.add(name=login, display_name=shown, role=Role.ANALYST, password=None)
    assert await people.accounts() == []
    with pytest.raises(NameImpossible):
        await ApiKeys(engine, monotonic=lambda: 0.0).add(name, NOON)


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 1001, "x" * 1200])
async def test_a_password_that_could_never_serve_is_refused(people: Accounts, password: str) -> None:
    with pytest.raises(PasswordImpossible):
        await people.add(name="anna", display_name="Anna", role=Role.ANALYST, password=password)
    assert await people.accounts() == []


@pytest.mark.parametrize("password", ["x" * 12, "x" * 1000, "\u00fc" * 1000, " " * 11 + "x"])
async def test_every_password_that_is_taken_logs_in(people: Accounts, password: str) -> None:
    await people.add(name="anna", display_name="Anna", role=Role.ANALYST, password=password)
    assert await people.login("anna", password)


async def test_wrong_passwords_count_under_every_spelling_of_a_name(people: Accounts, anna: str) -> None:
    for number in range(ATTEMPTS_ALLOWED):
        with pytest.raises(LoginRefused):
            await people.login("ANNA" if number % 2 else " anna", "guess")
    with pytest.raises(TooManyAttempts):
        await people.login(anna, PASSWORD)


async def test_a_name_is_given_once(people: Accounts, anna: str) -> None:
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
        Ability.APPROVE_POLICIES: {Role.MANAGER},
        Ability.RUN_JOBS: {Role.MANAGER, Role.ADMIN},
        Ability.CHANGE_SHARED_VIEWS: {Role.MANAGER},
        Ability.MANAGE_PEOPLE: {Role.ADMIN},
        Ability.MANAGE_KEYS: {Role.ADMIN},
        Ability.SEE_OPERATIONS: {Role.SENIOR, Role.MANAGER, Role.AUDITOR},
        Ability.SEE_QUALITY: {Role.SENIOR, Role.MANAGER, Role.AUDITOR},
        Ability.RELEASE_CASES: {Role.SENIOR, Role.MANAGER},
        Ability.ASSIGN_CASES: {Role.SENIOR, Role.MANAGER},
        Ability.SEE_LISTS: {Role.ANALYST, Role.SENIOR, Role.MANAGER, Role.AUDITOR, Role.ADMIN},
        Ability.BLOCK_ENTITIES: {Role.ANALYST, Role.SENIOR, Role.MANAGER},
        Ability.ALLOW_ENTITIES: {Role.SENIOR, Role.MANAGER},
        Ability.APPROVE_LISTINGS: {Role.MANAGER},
    }
    assert ABILITIES[Role.SYSTEM] == frozenset()
