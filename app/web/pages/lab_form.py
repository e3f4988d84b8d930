"""The lab's form as it was typed, and what it means: a policy, a wish, a window, answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from fastapi import Request

from app.triage.certificate import LARGEST_SHARE, SMALLEST_SHARE, Method, Promise
from app.triage.guard_rails import Guard
from app.triage.policy import BOUND_NAMES, AmountBand, Policy
from app.triage.policy_document import document_of, policy_of
from app.triage.refusal import PolicyImpossible
from app.web.dependencies import LARGEST_KEY
from app.web.pages.lab_fields import ALL, BAND_FIELDS, BAND_START, LONGEST_NUMBER, PROMISED
from app.workflows.policy_trials import Span, WindowUnclear
from app.workflows.proposing import SetBy, Source, Wish

Choice = TypeVar("Choice", SetBy, Method, Source)

LONGEST_SENTENCE = 1000
#: Rows for amount bands that are still empty.
SPARE_BANDS = 1
ANSWER = "answer."
#: What is chosen rather than typed, with what holds where nothing was chosen.
CHOICES: Mapping[str, str] = {
    "set_by": SetBy.HAND, "method": Method.NEYMAN_PEARSON, "source": Source.CALIBRATION,
    "deadline_fallback": "wait", "wrong_feed": "review",
    "model_version": "", "parent_id": "", "since": "", "until": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BandForm:
    """One amount band as typed: its start, and its bounds in the order of `BAND_FIELDS`."""

    start: str = ""
    bounds: tuple[str, ...] = ("",) * len(BAND_FIELDS)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not self.start.strip() and not "".join(self.bounds).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabForm:
    """Every field as text, so that a mistake can be shown where it was made."""

    #: By path in the document, by `PROMISED` and by `CHOICES`.
    values: Mapping[str, str]
    bands: tuple[BandForm, ...] = ()
    answers: Mapping[str, str]
    reason: str = ""

    def hidden(self) -> tuple[tuple[str, str], ...]:
        """Return the form as hidden fields, for a page that carries it on."""
        bands = [("band_start", band.start) for band in self.bands]
        bands += [
            (f"band.{field.path}", band.bounds[place])
            for band in self.bands
            for place, field in enumerate(BAND_FIELDS)
        ]
        answers = [(f"{ANSWER}{guard}", answer) for guard, answer in self.answers.items()]
        return (*self.values.items(), *bands, *answers, ("reason", self.reason))

    def with_policy(self, policy: Policy) -> "LabForm":
        """Return the form with another policy in it; how bounds are set stays."""
        flat = _flat(document_of(policy))
        values = {field.path: field.typed(flat.get(field.path)) for field in ALL}
        values |= {
            "deadline_fallback": policy.deadline_fallback.value,
            "wrong_feed": policy.wrong_feed.value,
            "model_version": policy.model_version,
        }
        return replace(self, values={**self.values, **values}, bands=tuple(map(_typed_band, policy.bands)))

    def with_span(self, span: Span) -> "LabForm":
        """Return the form over another window."""
        return replace(self, values={**self.values, **_span_values(span)})


async def sent_form(request: Request) -> LabForm:
    """Return the form as it was sent; what is not of it is left alone."""
    form = await request.form()
    told = {name: str(value)[:LONGEST_SENTENCE] for name, value in form.items()}
    names = [*CHOICES, *(field.path for field in (*ALL, *PROMISED))]
    columns = [[str(each)[:LONGEST_NUMBER] for each in form.getlist("band_start")]]
    columns += [
        [str(each)[:LONGEST_NUMBER] for each in form.getlist(f"band.{field.path}")] for field in BAND_FIELDS
    ]
    bands = (BandForm(start=start, bounds=tuple(bounds)) for start, *bounds in zip(*columns, strict=False))
    return LabForm(
        values={name: told.get(name, CHOICES.get(name, "")).strip() for name in names},
        bands=tuple(band for band in bands if not band.is_empty),
        answers={guard: told.get(f"{ANSWER}{guard}", "").strip() for guard in Guard},
        reason=told.get("reason", "").strip(),
    )


def form_of(policy: Policy, *, parent_id: int, span: Span) -> LabForm:
    """Return a policy as typed, drafted from a version, over a window."""
    usual = Promise(miss_rate=0.1)
    values = {**CHOICES, "parent_id": str(parent_id)}
    values |= {field.path: field.typed(getattr(usual, field.path)) for field in PROMISED}
    return LabForm(values=values, answers={}).with_policy(policy).with_span(span)


def policy_in(form: LabForm) -> Policy:
    """Return the policy the form describes; raises `PolicyImpossible` with the field that means nothing."""
    document: dict[str, Any] = {
        "model_version": form.values["model_version"],
        "deadline_fallback": form.values["deadline_fallback"],
        "wrong_feed": form.values["wrong_feed"],
        "bands": [_band(band) for band in form.bands],
        "costs": {},
        "staffing": {},
    }
    for field in ALL:
        part, _, name = field.path.rpartition(".")
        (document[part] if part else document)[name] = field.meant(form.values[field.path])
    return policy_of(document)


def wish_in(form: LabForm) -> Wish:
    """Return how the bounds are to be set; raises `PolicyImpossible` with the field that means nothing."""
    set_by = _chosen(SetBy, "set_by", form)
    method, source = _chosen(Method, "method", form), _chosen(Source, "source", form)
    if set_by is not SetBy.PROMISE:
        return Wish(set_by=set_by, method=method, source=source)
    told = {field.path: field.meant(form.values[field.path]) for field in PROMISED}
    for field in PROMISED:
        share = told[field.path]
        if share is not None and not SMALLEST_SHARE <= share <= LARGEST_SHARE:
            raise PolicyImpossible(field.path, f"{field.label}: above 0 and below 100 %.")
    return Wish(set_by=set_by, promise=Promise(**told), method=method, source=source)  # type: ignore[arg-type]


def span_in(form: LabForm) -> Span:
    """Return the window; raises `WindowUnclear`."""
    try:
        since, until = (
            datetime.fromisoformat(form.values[name]).replace(tzinfo=UTC) for name in ("since", "until")
        )
    except ValueError as why:
        raise WindowUnclear from why
    return Span(since=since, until=until)


def last_days(days: int, now: datetime) -> Span:
    """Return a window of so many days up to now, on full seconds: that is what the form can hold."""
    until = now.replace(microsecond=0) + timedelta(seconds=1 if now.microsecond else 0)
    return Span(since=until - timedelta(days=days), until=until)


def parent_in(form: LabForm) -> int:
    """Return the version the policy was changed from; raises `PolicyImpossible`."""
    told = form.values["parent_id"]
    if not told.isascii() or not told.isdigit() or not 0 < int(told) <= LARGEST_KEY:
        raise PolicyImpossible("parent_id", "Say which version this was changed from.")
    return int(told)


def answers_in(form: LabForm) -> Mapping[Guard, str]:
    """Return the answers that were given to warnings."""
    return {Guard(guard): answer for guard, answer in form.answers.items() if answer}


def _span_values(span: Span) -> dict[str, str]:
    return {
        name: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for name, moment in (("since", span.since), ("until", span.until))
    }


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    parts = {
        f"{part}.{name}": value for part in ("costs", "staffing") for name, value in document[part].items()
    }
    return {**document, **parts}


def _typed_band(band: AmountBand) -> BandForm:
    bounds = zip(BAND_FIELDS, BOUND_NAMES, strict=True)
    return BandForm(
        start=BAND_START.typed(band.amount_from),
        bounds=tuple(field.typed(getattr(band.bounds, name)) for field, name in bounds),
    )


def _band(band: BandForm) -> dict[str, float | int | None]:
    bounds = {
        name: field.meant(text)
        for name, field, text in zip(BOUND_NAMES, BAND_FIELDS, band.bounds, strict=True)
    }
    return {"amount_from": BAND_START.meant(band.start), **bounds}


def _chosen(kind: type[Choice], name: str, form: LabForm) -> Choice:
    try:
        return kind(form.values[name])
    except ValueError as why:
        raise PolicyImpossible(name, "Choose one of those that are offered.") from why
