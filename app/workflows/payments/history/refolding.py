"""States of keys worked out anew from their stored payments, whatever they are now."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from app.database.payments.history.frauds import CountedFraud, StoredFraud
from app.database.payments.history.stored import StoredStep
from app.scoring.history.state import State
from app.scoring.schema.history import KeptHistory

EVER = datetime.min.replace(tzinfo=UTC)


class Refold:
    """The states of some keys, from the first of their stored payments on."""

    def __init__(self, history: KeptHistory) -> None:
        self._history = history
        self.states: dict[UUID, State] = {}
        #: Of each key the greatest update number that a payment kept, and the newest commit of one without.
        self._numbers: dict[UUID, int] = {}
        self._received: dict[UUID, datetime] = {}

    async def add_all(self, steps: AsyncIterator[StoredStep]) -> None:
        """Count payments, each key's in their order."""
        async for step in steps:
            self._add(step)

    def continue_with(self, steps: Sequence[StoredStep]) -> bool:
        """Count payments that came since; False where one belongs between those counted: nothing is, then."""
        if not all(self._follows(step) for step in steps):
            return False
        for step in steps:
            self._add(step)
        return True

    def _follows(self, step: StoredStep) -> bool:
        if step.number is None:
            return step.received_at > self._received.get(step.key, EVER)
        return step.number > self._numbers.get(step.key, 0)

    def _add(self, step: StoredStep) -> None:
        state = self.states.get(step.key)
        if state is None:
            state = self.states[step.key] = State(history=self._history)
        state.add(step.payment)
        if step.number is None:
            self._received[step.key] = max(step.received_at, self._received.get(step.key, EVER))
        else:
            self._numbers[step.key] = max(step.number, self._numbers.get(step.key, 0))

    def know(self, frauds: Iterable[StoredFraud], updates_before: Mapping[UUID, int]) -> list[CountedFraud]:
        """Count frauds, and return what is to be kept of that: where a key counted otherwise before.

        No update number is given twice: those of the rebuilt states go on from the states before.
        """
        known = list(frauds)
        for each in known:
            if each.is_fraud and each.seconds is not None:
                self.states[each.key].know_fraud(each.seconds, count=1)
        for key, state in self.states.items():
            state.updates = max(state.updates, updates_before[key])
        found = []
        for each in known:
            if each.is_fraud != each.is_counted:
                state = self.states[each.key]
                state.updates += 1
                found.append(
                    CountedFraud(
                        key=each.key,
                        updates=state.updates,
                        payment_id=each.payment_id,
                        count=1 if each.is_fraud else -1,
                    )
                )
        return found
