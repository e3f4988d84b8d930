"""What `tertium doctor` asks the database: can it be reached, written, trusted."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.doctor.findings import Finding, fail, ok, warn
from app.database.operations import diagnosis
from app.database.operations.diagnosis import ServerDescription
from app.database.payments.upkeep.consistency import breaches
from app.database.server.session import connect, transaction

OLDEST_TRIED = 150_000
CLOCK_WARNS, CLOCK_FAILS = timedelta(seconds=1), timedelta(seconds=30)
OPEN_TOO_LONG_SECONDS = 60.0
#: Beyond its pool a process opens so many more when many come at once, and some for whole batches.
BESIDE_THE_POOL = 12
# Every payment is read, several times.
CONSISTENCY_TIMEOUT_MS = 3_600_000


async def database(url: str, *, pool_size: int, workers: int = 1) -> list[Finding]:
    """Return all findings about a database; a single one where it cannot be reached."""
    engine = connect(url, pool_size=pool_size)
    try:
        async with engine.connect() as connection:
            return [finding async for finding in _found(connection, workers * (pool_size + BESIDE_THE_POOL))]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return [_unreachable(error)]
    finally:
        await engine.dispose()


async def consistency(url: str) -> list[Finding]:
    """Return what the whole database says of rows that should not be there; reads all payments."""
    engine = connect(url, pool_size=1, statement_timeout_ms=CONSISTENCY_TIMEOUT_MS)
    try:
        async with transaction(engine) as connection:
            found = await breaches(connection)
    finally:
        await engine.dispose()
    advice = "Something else wrote to this database, or a restore was incomplete: compare with a dump."
    return [fail("consistency", f"{each.rows} {each.what}", advice) for each in found] or [
        ok("consistency", "everything points to what is there")
    ]


async def _found(connection: AsyncConnection, needed: int) -> AsyncIterator[Finding]:
    before = datetime.now(UTC)
    about = await diagnosis.about(connection)
    yield ok("database", f"PostgreSQL answers, as {about.role}")
    yield _clock(about, before, datetime.now(UTC))
    for finding in _server(about, needed):
        yield finding
    yield await _migrations(connection)
    yield await _rights(connection, about)
    for finding in await _waiting(connection):
        yield finding


def _unreachable(error: BaseException) -> Finding:
    """Return why a database does not answer; the driver's words may quote its password."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and len(chain) < 6:
        chain.append(cause)
    kinds = ", ".join(dict.fromkeys(type(each).__name__ for each in chain))
    advice = "Check TERTIUM_DATABASE_URL (host, port, database, role, password) and the server behind it."
    return fail("database", f"it does not answer as it should ({kinds})", advice)


def _clock(about: ServerDescription, before: datetime, after: datetime) -> Finding:
    nearest = min(max(about.now, before), after)
    apart = abs(about.now - nearest)
    told = f"this machine's clock and the database's are {apart.total_seconds():.2f} s apart"
    if apart < CLOCK_WARNS:
        return ok("clock", told)
    advice = "Let both machines follow a time server (NTP): deadlines and logins depend on it."
    return (fail if apart >= CLOCK_FAILS else warn)("clock", told, advice)


def _server(about: ServerDescription, needed: int) -> Iterator[Finding]:
    told = f"PostgreSQL {about.version}"
    if about.version_number < OLDEST_TRIED:
        yield warn("version", told, "Upgrade to PostgreSQL 15 or newer: older ones were never tried.")
    else:
        yield ok("version", told)
    if about.encoding != "UTF8":
        advice = "Create the database again with ENCODING 'UTF8': it cannot hold every name."
        yield fail("encoding", f"the database is encoded in {about.encoding}", advice)
    else:
        yield ok("encoding", "UTF8")
    yield _writing(about)
    yield _durability(about)
    yield _connections(about, needed)


def _writing(about: ServerDescription) -> Finding:
    if about.is_standby:
        advice = "Point TERTIUM_DATABASE_URL at the primary."
        return fail("writing", "this server is a standby and only reads", advice)
    if about.is_read_only:
        advice = "Set default_transaction_read_only = off for this role, database and server."
        return fail("writing", "transactions are read-only here", advice)
    return ok("writing", "transactions may write")


def _durability(about: ServerDescription) -> Finding:
    if about.is_durable:
        return ok("durability", "commits are on disk before they are answered")
    advice = "Set fsync = on and synchronous_commit = on: answered payments may be lost in a crash."
    return warn("durability", "commits are not waited for until they are on disk", advice)


def _connections(about: ServerDescription, needed: int) -> Finding:
    free = about.most_connections - about.connections
    told = f"{about.connections} of {about.most_connections} connections are in use"
    if free >= needed:
        return ok("connections", told)
    advice = f"The service may need {needed}: raise max_connections or lower TERTIUM_POOL_SIZE."
    return warn("connections", told, advice)


async def _migrations(connection: AsyncConnection) -> Finding:
    found, newest = await diagnosis.revisions(connection)
    if found == newest:
        return ok("migrations", f"at the newest, {newest}")
    advice = "Run `tertium migrate` with this version of Tertium."
    return fail("migrations", f"the database is at {found or 'none'}, this version needs {newest}", advice)


async def _rights(connection: AsyncConnection, about: ServerDescription) -> Finding:
    forbidden = await diagnosis.forbidden(connection)
    if not forbidden:
        return ok("rights", f"{about.role} may read and add to every table")
    some = ", ".join(forbidden[:5]) + (f" and {len(forbidden) - 5} more" if len(forbidden) > 5 else "")
    advice = f"Let the tables' owner GRANT them to {about.role}, or connect as the owner."
    return fail("rights", f"{about.role} may not use {some}", advice)


async def _waiting(connection: AsyncConnection) -> list[Finding]:
    findings = [
        warn(
            "open transactions",
            f"process {each.pid} ({each.application or 'unnamed'}, {each.state}) is in a transaction"
            f" for {each.seconds:.0f} s",
            f"It holds outcomes back: end it there, or SELECT pg_terminate_backend({each.pid}).",
        )
        for each in await diagnosis.open_for_long(connection, seconds=OPEN_TOO_LONG_SECONDS)
    ]
    findings += [
        warn(
            "prepared transactions",
            f"{each.gid!r} has been prepared for {each.seconds:.0f} s",
            "It holds outcomes back until it is ended: COMMIT PREPARED or ROLLBACK PREPARED.",
        )
        for each in await diagnosis.prepared(connection)
    ]
    findings += [
        warn("replication", f"nobody reads the slot {slot!r}", "Drop it, or the server's log fills the disk.")
        for slot in await diagnosis.dead_slots(connection)
    ]
    return findings or [ok("transactions", "none has been open for long, none is left prepared")]
