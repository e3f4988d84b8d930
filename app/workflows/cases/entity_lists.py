"""Block and allow lists: entries are made, approved, ended and read, each change with its record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import blind_holds
from app.database.payments.lists import entries
from app.database.payments.lists.entries import Hidden, ListedEntry, ListEvent, Wanted
from app.database.payments.lists.fingerprints import ListPrints, list_prints, place_of
from app.database.server.session import transaction
from app.review.access.people import Ability, Account
from app.review.blindness import reader_of
from app.review.card_numbers.rule import CardNumberRule
from app.review.lists import rules
from app.review.lists.entry import (
    Act,
    BlindReviewUnderWay,
    EntityKind,
    EntityListed,
    Entry,
    EntryNotFound,
    EntryState,
    NewEntry,
)
from app.review.lists.in_force import Print
from app.review.lists.values import checked_value, shown_of, values_of
from app.triage.labels import Listed
from app.workflows.cases.linked_payments import LinkedPayments

#: A page of the list holds so many.
PAGE = 50
#: A form says for how many days: sent again it asks for an end that is later by as long as that took.
SAME_END = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entries somebody wants to see."""

    #: live, waiting, ended or all.
    which: str = "live"
    kind: EntityKind | None = None
    effect: Listed | None = None
    before: int | None = None
    most: int = PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityLists:
    """The lists as people read and change them."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    linked_payments: LinkedPayments
    card_numbers: CardNumberRule

    async def add(self, account: Account, new: NewEntry) -> ListedEntry:
        """List an entity, or propose it where two have to agree; the same once more is answered as before.

        Raises what `check_new` and `checked_value` raise, `CardNumberWritten`, `EntityListed`, and
        `BlindReviewUnderWay`.
        """
        now = self.clock()
        rules.check_new(new, account, now)
        same = checked_value(new.kind, self.card_numbers.sought(new.value))
        state = EntryState.PROPOSED if new.kind.needs_two else EntryState.LIVE
        async with transaction(self.engine) as connection:
            of = (await list_prints(connection)).of(new.kind, same)
            await self._refuse_blind(connection, account, of)
            version = await entries.next_version(connection)
            await entries.expire(connection, of, now, version=version)
            # Also what somebody listed while this one waited for its turn.
            for before in await entries.standing(connection, [of]):
                if _is_repeat(before.entry, new, account):
                    return before
                raise EntityListed(before.entry.id)
            made = Entry(
                id=0, kind=new.kind, shown=shown_of(new.kind, same), effect=new.effect, state=state,
                reason=new.reason.strip(), made_by=account.id, made_at=now, expires_at=new.expires_at,
                approved_by=None, lift_by=None, lift_reason=None, ended_by=None, ended_at=None,
            )  # fmt: skip
            entry_id = await entries.add(connection, made, of, version=version)
            act = Act.PROPOSED if new.kind.needs_two else Act.ADDED
            await entries.tell(connection, entry_id, act, account.id, made.reason, now)
            return await entries.by_id(connection, entry_id)

    async def end(self, account: Account, entry_id: int, reason: str) -> ListedEntry:
        """End an entry, or ask for it where two have to agree; raises what `check_end` raises.

        And `EntryNotFound`, `ListReasonMissing`, `CardNumberWritten`, `BlindReviewUnderWay`.
        """
        rules.check_reason(reason)
        now = self.clock()
        async with transaction(self.engine) as connection:
            version, entry = await self._changing(connection, account, entry_id)
            if account.id in {entry.lift_by, entry.ended_by}:
                return await entries.by_id(connection, entry_id)
            rules.check_end(entry, account, now)
            if entry.kind.needs_two:
                changed = replace(entry, lift_by=account.id, lift_reason=reason.strip())
                act = Act.LIFT_PROPOSED
            else:
                changed = _ended(entry, EntryState.ENDED, account, now)
                act = Act.ENDED
            return await _kept(connection, changed, act, account, reason, version=version, now=now)

    async def approve(self, account: Account, entry_id: int, reason: str) -> ListedEntry:
        """Put in force, or lift, what a colleague proposed; raises what `check_approve` and `end` raise."""
        rules.check_reason(reason)
        now = self.clock()
        async with transaction(self.engine) as connection:
            version, entry = await self._changing(connection, account, entry_id)
            if not entry.waits_for_second and account.id in {entry.approved_by, entry.ended_by}:
                return await entries.by_id(connection, entry_id)
            rules.check_approve(entry, account, now)
            if entry.state is EntryState.PROPOSED:
                changed, act = replace(entry, state=EntryState.LIVE, approved_by=account.id), Act.APPROVED
            else:
                changed, act = _ended(entry, EntryState.ENDED, account, now), Act.ENDED
            return await _kept(connection, changed, act, account, reason, version=version, now=now)

    async def refuse(self, account: Account, entry_id: int, reason: str) -> ListedEntry:
        """Let a proposal come to nothing, a colleague's or one's own; raises what `check_refuse` raises."""
        rules.check_reason(reason)
        now = self.clock()
        async with transaction(self.engine) as connection:
            version, entry = await self._changing(connection, account, entry_id)
            if entry.state is EntryState.REFUSED and entry.ended_by == account.id:
                return await entries.by_id(connection, entry_id)
            rules.check_refuse(entry, account, now)
            if entry.state is EntryState.PROPOSED:
                changed, act = _ended(entry, EntryState.REFUSED, account, now), Act.REFUSED
            else:
                changed, act = replace(entry, lift_by=None, lift_reason=None), Act.LIFT_REFUSED
            return await _kept(connection, changed, act, account, reason, version=version, now=now)

    async def listed(self, account: Account, asked: Asked) -> list[ListedEntry]:
        """Return entries, the newest first and one more where there are more, as far as this reader may hear.

        Raises nothing: what belongs to a case that the reader judges blind is left out.
        """
        async with transaction(self.engine) as connection:
            wanted = Wanted(
                which=asked.which,
                now=self.clock(),
                most=asked.most + 1,
                kind=None if asked.kind is None else place_of(asked.kind),
                effect=asked.effect,
                before=asked.before,
                hidden=await self._hidden(connection, account),
            )
            return await entries.listed(connection, wanted)

    async def entry(self, account: Account, entry_id: int) -> tuple[ListedEntry, list[ListEvent]]:
        """Return an entry with what was done with it; raises `EntryNotFound`."""
        async with transaction(self.engine) as connection:
            found = await entries.by_id(connection, entry_id)
            if _is_hidden(found, await self._hidden(connection, account)):
                raise EntryNotFound
            return found, await entries.events(connection, entry_id)

    async def of_entity(self, account: Account, kind: EntityKind, value: str) -> ListedEntry | None:
        """Return what stands of an entity; None: nothing, or nothing this reader may hear of."""
        found = await self.of_payment(account, {kind.value: value})
        return found[0] if found else None

    async def of_payment(self, account: Account, attributes: Mapping[str, str]) -> list[ListedEntry]:
        """Return what stands of a payment's entities, as far as this reader may hear of it.

        Who looks at a case again hears of nothing that came after its first verdict: it could have been
        made because of that.
        """
        values, now = values_of(attributes), self.clock()
        if not values:
            return []
        async with transaction(self.engine) as connection:
            prints = await list_prints(connection)
            found = await entries.standing(connection, [prints.of(*value) for value in values], as_of=now)
            # Nearly always nothing is listed, and who is kept from what need not be asked.
            if not found:
                return []
            hidden = await self._hidden(connection, account, prints)
            blind = {each for each, since in hidden.items() if since is None}
            until = await self.linked_payments.known_until(connection, account) or now
        return [
            each
            for each in found
            if each.print not in blind and each.entry.made_at <= until and each.entry.state_at(now).stands
        ]

    async def _hidden(
        self, connection: AsyncConnection, account: Account, prints: ListPrints | None = None
    ) -> Hidden:
        """Return the values of what this reader judges blind: a list would say what the machine decided.

        And of what they look at again without a score, since its first verdict: an entry could come of that.
        """
        if reader_of(account) is None:
            return {}
        held = await blind_holds.attributes_held_blind(connection, account.id, self.clock())
        if not held:
            return {}
        prints = prints or await list_prints(connection)
        until = await self.linked_payments.known_until(connection, account)
        # What is blind comes last, and hides whatever else would let through.
        return {
            prints.of(*value): None if is_blind else until
            for attributes, is_blind in sorted(held, key=lambda each: each[1])
            for value in values_of(attributes)
        }

    async def _refuse_blind(self, connection: AsyncConnection, account: Account, of: Print) -> None:
        hidden = await self._hidden(connection, account)
        if of in hidden and hidden[of] is None:
            raise BlindReviewUnderWay

    async def _changing(
        self, connection: AsyncConnection, account: Account, entry_id: int
    ) -> tuple[int, Entry]:
        """Begin a change and return its version and the entry, which nobody else changes meanwhile."""
        version = await entries.next_version(connection)
        found = await entries.by_id(connection, entry_id)
        await self._refuse_blind(connection, account, found.print)
        if _is_hidden(found, await self._hidden(connection, account)):
            raise EntryNotFound
        return version, found.entry


def may_list(account: Account) -> Sequence[Listed]:
    """Return what this account may put on a list."""
    abilities = {Listed.BLOCK: Ability.BLOCK_ENTITIES, Listed.ALLOW: Ability.ALLOW_ENTITIES}
    return [effect for effect, ability in abilities.items() if account.may(ability)]


def _is_hidden(listed: ListedEntry, hidden: Hidden) -> bool:
    since = hidden.get(listed.print, listed.entry.made_at)
    return since is None or since < listed.entry.made_at


def _is_repeat(before: Entry, new: NewEntry, account: Account) -> bool:
    """Whether the same person asked for the same before, until the same end."""
    asked = (new.effect, account.id, new.reason.strip())
    return (before.effect, before.made_by, before.reason) == asked and _ends_as(before, new)


def _ends_as(before: Entry, new: NewEntry) -> bool:
    if before.expires_at is None or new.expires_at is None:
        return before.expires_at is new.expires_at
    return abs(before.expires_at - new.expires_at) <= SAME_END


def _ended(entry: Entry, state: EntryState, account: Account, now: datetime) -> Entry:
    return replace(entry, state=state, ended_by=account.id, ended_at=now)


async def _kept(  # what was done, by whom, why and when
    connection: AsyncConnection,
    entry: Entry,
    act: Act,
    account: Account,
    reason: str,
    *,
    version: int,
    now: datetime,
) -> ListedEntry:
    await entries.change(connection, entry, version=version)
    await entries.tell(connection, entry.id, act, account.id, reason.strip(), now)
    return await entries.by_id(connection, entry.id)
