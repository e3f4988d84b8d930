"""What the work of a job says while it goes on; written with the next heartbeat."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from app.review.card_numbers.masking import without_card_numbers
from app.review.jobs import Ending, Job, Step, StepKind

#: Characters of one step: beyond it the middle is left out.
LONGEST_TEXT = 100_000


class JobFailed(Exception):
    """The work of a job cannot be done; its sentence says why."""


class JobReport:
    """How far a job is, and what it has said that is not written yet. Card numbers never leave it whole."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.progress = 0.0
        self.saying = ""
        self.unwritten: list[Step] = []

    def is_at(self, progress: float, saying: str) -> None:
        """Say how far it is, as a share of the work, and what is being done."""
        self.progress = min(max(progress, 0.0), 1.0)
        self.saying = _fit_to_show(saying)

    def say(self, text: str, kind: StepKind = StepKind.SAID) -> None:
        """Say something that stays on the job's page."""
        if text.strip():
            self.unwritten.append(Step(happened_at=self._clock(), kind=kind, text=_fit_to_show(text)))


def shown_ending(ending: Ending) -> Ending:
    """Return an ending as it may be kept and shown."""
    return Ending(state=ending.state, outcome=_fit_to_show(ending.outcome), produced=ending.produced)


def _fit_to_show(text: str) -> str:
    """Return a text without card numbers, cut, and without the sign that PostgreSQL cannot keep."""
    half = LONGEST_TEXT // 2
    cut = text if len(text) <= LONGEST_TEXT else f"{text[:half]}\n...\n{text[-half:]}"
    return without_card_numbers(cut.replace("\0", "\ufffd").encode(errors="replace").decode())


#: Does the work of one job; it is cancelled, as a task, when it is to end early. Raises `JobFailed`.
JobWork = Callable[[Job, JobReport], Awaitable[Ending]]
