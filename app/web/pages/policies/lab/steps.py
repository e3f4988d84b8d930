"""The steps of a promise as a picture and a table: what each promises, and what it leaves to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, log10

from app.scoring.templated_text import recalled
from app.triage.certificate import Promise
from app.triage.tuning.staircase import chosen_in_words
from app.web.languages.sentences import marked, said, worded
from app.web.pages import formatting
from app.web.pages.chart_scale import Axis, Tick
from app.web.pages.formatting import count, estimated_percent, exact_percent
from app.web.pages.policies.estimates import NOT_KNOWN
from app.workflows.policies.promise_steps import CountedOn, PricedSteps

#: The inner picture's own units, stretched over the card's width and height.
SIZE = 1000.0
#: Review rates below one in a hundred thousand are drawn as that.
LEAST_DECADE = -5.0
COUNTED_ON: Mapping[CountedOn, str] = {
    CountedOn.WINDOW: marked("Manual review is the share of the %(payments)s payments of this window."),
    CountedOn.CARD: (
        marked(
            "This window says too little: manual review is that of the rows that taught the"
            " model, out-of-fold and without gates, as its card says."
        )
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step: its promise, what it costs, and where it bounds."""

    #: As the button sends it.
    miss_rate: str
    promise: str
    review_rate: str
    approve_at_most: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMark:
    """A step's place in the picture, in percent from the left and from the top."""

    x: float
    y: float
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsView:
    """The panel; `refused` says why no promise can be made, and then there is nothing else."""

    refused: str = ""
    sentences: tuple[str, ...] = ()
    #: In units of `SIZE`; empty where no review rate is known.
    line: str = ""
    marks: tuple[StepMark, ...] = ()
    ticks: tuple[Tick, ...] = ()
    levels: tuple[Tick, ...] = ()
    rows: tuple[StepRow, ...] = ()


def steps_view(priced: PricedSteps, wished: Promise | None) -> StepsView:
    """Return the panel; the step that is wished for, and was chosen here, is marked."""
    steps, certificate = priced.steps, priced.steps[0].certificate
    chosen = [_is_chosen(each.promise.miss_rate, len(steps), wished) for each in steps]
    places = _places([each.review_rate for each in steps])
    labels = [exact_percent(each.promise.miss_rate) for each in steps]
    across = Axis(high=float(len(steps)))
    basis = worded(
        "%(frauds)s known frauds of %(source)s",
        frauds=count(certificate.frauds),
        source=said(recalled(certificate.source)),
    )
    return StepsView(
        sentences=(
            worded(
                "Each step is a promise that the %(basis)s can bear (%(kind)s).",
                basis=basis,
                kind=said(recalled(certificate.kind.value)),
            ),
            worded(COUNTED_ON[priced.counted_on], payments=count(priced.transactions)),
            _choice(priced),
        ),
        line=_line(places.heights),
        marks=tuple(
            StepMark(x=across.at(number + 0.5), y=height / 10, is_chosen=is_chosen)
            for number, (height, is_chosen) in enumerate(zip(places.heights, chosen, strict=True))
            if height is not None
        ),
        ticks=tuple(Tick(at=across.at(number + 0.5), label=label) for number, label in enumerate(labels)),
        levels=places.levels,
        rows=tuple(
            StepRow(
                miss_rate=repr(each.promise.miss_rate),
                promise=label,
                review_rate=NOT_KNOWN if each.review_rate is None else estimated_percent(each.review_rate),
                approve_at_most=formatting.number(each.policy.base_bounds.approve_at_most),
                is_chosen=is_chosen,
            )
            for each, label, is_chosen in zip(steps, labels, chosen, strict=True)
        ),
    )


def _choice(priced: PricedSteps) -> str:
    """Say what taking a step asks for; a model that was chosen after looking asks for its part, too."""
    certificate, steps = priced.steps[0].certificate, len(priced.steps)
    models = certificate.chosen_among // steps
    of_models = worded(" of each of %(models)s models", models=count(models)) if models > 1 else ""
    return said(
        chosen_in_words(
            worded("%(steps)s steps%(of_models)s", steps=count(steps), of_models=of_models),
            confidence=priced.steps[0].promise.confidence,
            among=certificate.chosen_among,
        )
    )


def _is_chosen(miss_rate: float, steps: int, wished: Promise | None) -> bool:
    return wished is not None and (wished.miss_rate, wished.chosen_among) == (miss_rate, steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Heights from the top in units of `SIZE`, None where a rate is not known, and the decades beside."""

    heights: tuple[float | None, ...]
    levels: tuple[Tick, ...]


def _places(rates: list[float | None]) -> _Places:
    """Return where review rates stand on a logarithmic scale of whole decades."""
    depths = [None if rate is None else max(log10(max(rate, 1e-9)), LEAST_DECADE) for rate in rates]
    known = [depth for depth in depths if depth is not None]
    if not known:
        return _Places(heights=tuple(None for _ in rates), levels=())
    low = floor(min(known))
    high = max(ceil(max(known)), low + 1)
    axis = Axis(low=float(low), high=float(high), length=SIZE, digits=1)
    return _Places(
        heights=tuple(None if depth is None else SIZE - axis.at(depth) for depth in depths),
        levels=tuple(
            Tick(at=(SIZE - axis.at(decade)) / 10, label=exact_percent(10.0**decade))
            for decade in range(low, high + 1)
        ),
    )


def _line(heights: tuple[float | None, ...]) -> str:
    """Return the stairs: level along each step, straight up to the next."""
    width = SIZE / len(heights)
    return " ".join(
        f"{'L' if number and heights[number - 1] is not None else 'M'}{number * width:g},{height:g}"
        f" L{(number + 1) * width:g},{height:g}"
        for number, height in enumerate(heights)
        if height is not None
    )
