"""The effect of seeing the score on verdicts, in words and as two intervals."""

from dataclasses import dataclass

from app.review.quality.blind_first import ENOUGH_TRUTHS, BlindFirst
from app.review.quality.rates import Interval
from app.web.languages.figures import in_figures
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.quality.wording import TOO_FEW, counts, points, points_between

#: The drawing's width; its middle is no difference.
WIDTH = 300
MIDDLE = WIDTH / 2
# In points: the drawing ends at the first of these that holds all bounds.
ENDS = (2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisker:
    """An estimate between its bounds, drawn."""

    low: float
    at: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """One comparison: its figure, its interval, the drawing, and the sentence that says what is compared."""

    name: str
    value: str
    interval: str
    whisker: Whisker | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindPanel:
    """All that is said of blind first."""

    changed: str
    changed_address: str
    truths: str
    gains: tuple[Gain, ...]
    #: In points, of the drawings.
    end: int
    enough: int


def blind_panel(found: BlindFirst, changed_address: str) -> BlindPanel:
    """Return the panel; its two comparisons share one scale."""
    gain = found.gain if found.is_change_enough else None
    lead = found.lead if found.is_lead_enough else None
    end = _end([each for each in (gain, lead) if each is not None])
    return BlindPanel(
        changed=worded("Seeing the score changed %(changed)s verdicts", changed=counts(found.changed)),
        changed_address=changed_address if found.changed.hits else "",
        truths=_truths(found),
        gains=(
            _gain(worded("Last verdict against first"), gain, end, _changed(found)),
            _gain(worded("Blind first against score at once"), lead, end, _sides(found)),
        ),
        end=end,
        enough=ENOUGH_TRUTHS,
    )


def _truths(found: BlindFirst) -> str:
    change = found.change
    if not change.cases:
        return worded("Of none of them the truth is known yet.")
    controls = formatting.plural(found.gold, "control case", "control cases")
    known = worded(
        "Of the %(cases)s whose truth is known (%(controls)s)",
        cases=formatting.count(change.cases),
        controls=controls,
    )
    right, wrong = formatting.count(change.made_right), formatting.count(change.made_wrong)
    return worded(
        "%(known)s it made %(right)s right and %(wrong)s wrong.", known=known, right=right, wrong=wrong
    )


def _changed(found: BlindFirst) -> str:
    """Say how often first and last verdicts of the same person were right."""
    change = found.change
    if not found.is_change_enough:
        return worded(
            "%(cases)s known, %(enough_truths)s needed.",
            cases=formatting.count(change.cases),
            enough_truths=formatting.count(ENOUGH_TRUTHS),
        )
    rates = worded(
        "Right before: %(before)s, after: %(after)s.",
        before=counts(change.before),
        after=counts(change.after),
    )
    if found.gain is not None and found.gain.low <= 0 <= found.gain.high:
        return worded(
            "%(rates)s Chance alone may do that (McNemar: %(chance)s).",
            rates=rates,
            chance=probability(change.chance),
        )
    return worded(
        "%(rates)s Hardly chance (McNemar: %(chance)s).", rates=rates, chance=probability(change.chance)
    )


def _sides(found: BlindFirst) -> str:
    blind, seen = found.blind_right, found.open_right
    if not found.is_lead_enough:
        known = worded(
            "%(trials)s blind and %(trials2)s open ones known",
            trials=formatting.count(blind.trials),
            trials2=formatting.count(seen.trials),
        )
        return worded(
            "%(known)s, %(enough_truths)s of each needed.",
            known=known,
            enough_truths=formatting.count(ENOUGH_TRUTHS),
        )
    return worded(
        "Right where blind: %(blind)s, where the score was in sight: %(seen)s.",
        blind=counts(blind),
        seen=counts(seen),
    )


def probability(chance: float) -> str:
    """Return a p-value in words."""
    small = worded("p under %(number)s", number=in_figures("0.001"))
    return small if chance < 0.001 else f"p {in_figures(f'{chance:.3f}')}"


def _gain(name: str, found: Interval | None, end: int, sentence: str) -> Gain:
    if found is None:
        return Gain(name=name, value=TOO_FEW, interval="", whisker=None, sentence=sentence)
    low, at, high = (_place(100 * each, end) for each in (found.low, found.estimate, found.high))
    return Gain(
        name=name,
        value=points(found),
        interval=points_between(found),
        whisker=Whisker(low=low, at=at, high=high),
        sentence=sentence,
    )


def one_gain(name: str, found: Interval | None, sentence: str) -> tuple[Gain, int]:
    """Return a comparison that has a scale of its own, and where that ends (in points)."""
    end = _end([] if found is None else [found])
    return _gain(name, found, end, sentence), end


def _place(value: float, end: int) -> float:
    return round(MIDDLE + (MIDDLE - 8) * max(-1.0, min(1.0, value / end)), 1)


def _end(gains: list[Interval]) -> int:
    furthest = max((100 * max(-gain.low, gain.high) for gain in gains), default=0.0)
    return next((end for end in ENDS if end >= furthest), ENDS[-1])
