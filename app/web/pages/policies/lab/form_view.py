"""The lab's form as the page shows it: fields by group, with what each group comes to in short."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.triage.certificate import Method
from app.triage.described import Section
from app.triage.measured_rates import NOTHING_MEASURED, MeasuredRates
from app.triage.policies.choices import ListsInForce
from app.web.languages.sentences import in_sentence, marked, worded
from app.web.pages.policies.lab import fields
from app.web.pages.policies.lab.bands import BandForm
from app.web.pages.policies.lab.fields import (
    BAND_FIELDS,
    CHOICES,
    PROMISED,
    Field,
    MeasuredView,
    measured_views,
    of_section,
)
from app.web.pages.policies.lab.form import LabForm
from app.web.pages.policies.lab.inputs import MOMENTS
from app.workflows.policies.proposals import SetBy, Source

#: Rows for amount bands that are always offered.
SPARE_BANDS = 1
WAYS: tuple[tuple[str, str, str], ...] = (
    (SetBy.PROMISE, marked("Guarantee"), marked("a share of frauds missed, with a confidence")),
    (SetBy.COST, marked("Cost"), marked("what reviews, misses and declines cost")),
    (SetBy.CAPACITY, marked("Capacity"), marked("the hours there are, where they save most")),
    (SetBy.HAND, marked("Manual"), marked("drag the thresholds")),
)
METHODS: tuple[tuple[str, str], ...] = (
    (Method.NEYMAN_PEARSON, marked("one bound, certified (Neyman-Pearson)")),
    (Method.LEARN_THEN_TEST, marked("bound and spread, certified (Learn then Test)")),
    (Method.MONDRIAN, marked("on average only (Mondrian)")),
)
SOURCES: tuple[tuple[str, str], ...] = (
    (Source.CALIBRATION, marked("the model's calibration part")),
    (Source.LABELS, marked("labels of the window, audits included")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field with what was typed."""

    name: str
    label: str
    value: str
    unit: str
    is_optional: bool
    is_mistaken: bool
    #: What was measured of it, by each kind of truth.
    measured: tuple[MeasuredView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """A value that is chosen, with what it may be: each choice and its words."""

    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """Fields that belong together; `summary` says what they hold while the group is closed."""

    title: str
    summary: str
    fields: tuple[FieldView, ...]
    choices: tuple[ChoiceView, ...]
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BandView:
    """One amount band's row."""

    row: int
    inputs: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """The whole form."""

    parent_id: str
    model_version: str
    since: str
    until: str
    set_by: str
    method: str
    source: str
    reason: str
    ways: tuple[tuple[str, str, str], ...]
    methods: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    promise: tuple[FieldView, ...]
    bounds: tuple[FieldView, ...]
    legit_bounds: tuple[FieldView, ...]
    groups: tuple[GroupView, ...]
    band_labels: tuple[str, ...]
    bands: tuple[BandView, ...]
    bands_summary: str
    bands_are_open: bool
    window_is_open: bool
    #: The input that cannot be meant as typed; empty where there is none.
    mistaken: str


def form_view(
    form: LabForm, measured: MeasuredRates = NOTHING_MEASURED, *, mistaken: str = "", filled: str = ""
) -> FormView:
    """Return the form; the groups that hold the mistaken field, and one filled just now, stand open."""
    values = form.values
    has_legit = any(
        values[field.path] or any(band.texts[place].strip() for band in form.bands)
        for place, field in enumerate(BAND_FIELDS)
        if field in fields.LEGIT_BOUNDS
    )
    shown = BAND_FIELDS if has_legit else BAND_FIELDS[: -len(fields.LEGIT_BOUNDS)]
    return FormView(
        parent_id=values["parent_id"],
        model_version=values["model_version"],
        since=values["since"],
        until=values["until"],
        set_by=values["set_by"],
        method=values["method"],
        source=values["source"],
        reason=form.reason,
        ways=WAYS,
        methods=METHODS,
        sources=SOURCES,
        promise=_views(form, PROMISED, mistaken),
        bounds=_views(form, fields.BOUNDS, mistaken),
        legit_bounds=_views(form, fields.LEGIT_BOUNDS, mistaken) if has_legit else (),
        groups=_groups(form, measured, mistaken, filled),
        band_labels=tuple(field.label for field in shown),
        bands=tuple(_band(band, shown, mistaken) for band in (*form.bands, *_spare(form))),
        bands_summary=_bands_summary(form),
        bands_are_open=form.spare_bands is not None or mistaken.startswith("bands"),
        window_is_open=mistaken in MOMENTS,
        mistaken=mistaken,
    )


def _groups(form: LabForm, measured: MeasuredRates, mistaken: str, filled: str) -> tuple[GroupView, ...]:
    return tuple(
        GroupView(
            title=title,
            summary=summary(form.values),
            fields=tuple(
                replace(view, measured=measured_views(view.name, measured))
                for view in _views(form, of_section(*sections), mistaken)
            ),
            choices=tuple(
                ChoiceView(
                    name=choice.path,
                    label=marked(choice.meaning.label),
                    value=form.values[choice.path],
                    choices=tuple((value, marked(words)) for value, words in choice.meaning.words),
                )
                for choice in CHOICES
                if choice.meaning.section in sections
            ),
            is_open=any(field.path in {mistaken, filled} for field in of_section(*sections)),
        )
        for title, sections, summary in GROUPS
    )


def _gates(values: Mapping[str, str]) -> str:
    told = [
        f"{in_sentence(field.label)} {values[field.path]}"
        for field in of_section(Section.GATES)
        if values[field.path]
    ]
    return " \u00b7 ".join(told) or worded("no gate")


def _lists(values: Mapping[str, str]) -> str:
    limit = values["allow_amount_at_most"]
    told = {
        ListsInForce.BOTH: worded("block and allow")
        + (worded(" up to %(limit)s", limit=limit) if limit else ""),
        ListsInForce.BLOCK: worded("block alone"),
        ListsInForce.NONE: worded("neither"),
    }
    # What is none of them is told at its field.
    chosen = values["lists"]
    return told[ListsInForce(chosen)] if chosen in told else chosen


def _audits(values: Mapping[str, str]) -> str:
    return worded(
        "%(audit_share_approved)s %% of approvals, %(audit_share_declined)s %% of declines",
        audit_share_approved=values["audit_share_approved"],
        audit_share_declined=values["audit_share_declined"],
    )


def _costs(values: Mapping[str, str]) -> str:
    review, overhead, friction = (values[f"costs.{name}"] for name in ("review", "overhead", "friction"))
    return worded(
        "review %(review)s, miss +%(overhead)s, decline %(friction)s",
        review=review,
        overhead=overhead,
        friction=friction,
    )


def _people(values: Mapping[str, str]) -> str:
    hours = worded(
        "%(staffing_opens_hour)s to %(staffing_closes_hour)s h",
        staffing_opens_hour=values["staffing.opens_hour"],
        staffing_closes_hour=values["staffing.closes_hour"],
    )
    minutes = values["staffing.minutes_per_review"]
    return worded(
        "%(staffing_analysts)s at a time, %(hours)s, %(minutes)s min each",
        staffing_analysts=values["staffing.analysts"],
        hours=hours,
        minutes=minutes,
    )


#: The groups of fields that stand closed: title, what is in them, and what they say in short.
GROUPS: tuple[tuple[str, tuple[Section, ...], Callable[[Mapping[str, str]], str]], ...] = (
    (marked("Whatever the bounds say, people get"), (Section.GATES,), _gates),
    (marked("Block and allow lists"), (Section.LISTS,), _lists),
    (marked("Audits"), (Section.AUDITS,), _audits),
    (marked("Costs"), (Section.COSTS,), _costs),
    (marked("People and hours"), (Section.STAFFING, Section.QUEUE), _people),
)


def _bands_summary(form: LabForm) -> str:
    starts = [band.texts[0] for band in form.bands]
    return (
        worded("own bounds from %(starts)s", starts=", ".join(starts))
        if starts
        else worded("one for all amounts")
    )


def _views(form: LabForm, fields: tuple[Field, ...], mistaken: str) -> tuple[FieldView, ...]:
    return tuple(
        FieldView(
            name=field.path,
            label=field.label,
            value=form.values[field.path],
            unit=field.unit,
            is_optional=field.is_optional,
            is_mistaken=field.path == mistaken,
        )
        for field in fields
    )


def _spare(form: LabForm) -> tuple[BandForm, ...]:
    """Return rows that are still empty, behind those that are not."""
    first = max((band.row + 1 for band in form.bands), default=0)
    count = SPARE_BANDS if form.spare_bands is None else max(form.spare_bands, SPARE_BANDS)
    return tuple(BandForm(row=first + place) for place in range(count))


def _band(band: BandForm, shown: tuple[Field, ...], mistaken: str) -> BandView:
    return BandView(
        row=band.row,
        inputs=tuple(
            FieldView(
                name=name,
                label=worded(
                    "Amount band %(row)s, %(label)s", row=band.row + 1, label=in_sentence(field.label)
                ),
                value=text,
                unit="",
                is_optional=field.is_optional,
                is_mistaken=name == mistaken,
            )
            for field, (name, text) in zip(shown, band.named, strict=False)
        ),
    )
