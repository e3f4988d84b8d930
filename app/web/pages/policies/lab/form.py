"""The lab's form as it was typed, every field as text."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from fastapi import Request

from app.triage.certificate import Method, Promise
from app.triage.guard_rails import Guard
from app.triage.policies.document import document_of, flat_document
from app.triage.policies.policy import Policy
from app.web.pages.policies.lab.bands import BandForm, rows_in, typed_band
from app.web.pages.policies.lab.fields import ALL, CHOICES, PROMISED
from app.web.pages.typed_sentence import as_typed
from app.workflows.policies.lab.trials import Span
from app.workflows.policies.proposals import USUAL_PROMISE, SetBy, Source

ANSWER = "answer."
#: What a button of the bands' table says: another row, or one row less (`remove.2`).
ROWS = "rows"
#: What holds where nothing was sent.
WORDS: Mapping[str, str] = {
    "set_by": SetBy.HAND, "chosen_among": "1", "method": Method.NEYMAN_PEARSON, "source": Source.CALIBRATION,
    "model_version": "", "parent_id": "", "since": "", "until": "",
    **{choice.path: choice.default.value for choice in CHOICES},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LabForm:
    """Every field as text, so that a mistake can be shown where it was made."""

    #: By path in the document, by `PROMISED` and by `WORDS`.
    values: Mapping[str, str]
    bands: tuple[BandForm, ...] = ()
    #: Rows for amount bands that are still empty; None: as many as the page shows anyway.
    spare_bands: int | None = None
    answers: Mapping[str, str]
    reason: str = ""
    #: Digests of what the page showed when the form was sent: the policy, and how it was tried.
    digest: str = ""
    setting: str = ""

    def hidden(self) -> tuple[tuple[str, str], ...]:
        """Return the form as hidden fields, for a page that carries it on."""
        bands = [named for band in self.bands for named in band.named]
        answers = [(f"{ANSWER}{guard}", answer) for guard, answer in self.answers.items()]
        return (*self.values.items(), *bands, *answers, ("reason", self.reason))

    def with_policy(self, policy: Policy) -> "LabForm":
        """Return the form with another policy in it; how bounds are set stays."""
        flat = flat_document(document_of(policy))
        values = {field.path: field.typed(flat.get(field.path)) for field in ALL}
        values |= {choice.path: flat[choice.path] for choice in CHOICES}
        values["model_version"] = _written_name(policy.model_version)
        bands = tuple(typed_band(row, band) for row, band in enumerate(policy.bands))
        return replace(self, values={**self.values, **values}, bands=bands)

    def with_promise(self, promise: Promise) -> "LabForm":
        """Return the form with bounds set by a promise, proved by order statistics."""
        values = {field.path: field.typed(getattr(promise, field.path)) for field in PROMISED}
        ways = {"set_by": SetBy.PROMISE, "method": Method.NEYMAN_PEARSON}
        return replace(self, values={**self.values, **values, **ways})

    def with_value(self, path: str, text: str) -> "LabForm":
        """Return the form with something else in one field."""
        return replace(self, values={**self.values, path: text})

    def with_span(self, span: Span) -> "LabForm":
        """Return the form over another window."""
        return replace(self, values={**self.values, **_span_values(span)})


async def sent_form(request: Request) -> LabForm:
    """Return the form as it was sent; what is not of it is left alone."""
    fields = [(name, str(value)) for name, value in (await request.form()).multi_items()]
    form = form_in(fields)
    # A page that is shown anew counts its rows anew; one that stays keeps the numbers it has.
    return form if "x-fragment" in request.headers else _renumbered(form)


def form_in(fields: Iterable[tuple[str, str]]) -> LabForm:
    """Return the form that holds these fields."""
    told = dict(fields)
    names = dict.fromkeys([*WORDS, *(field.path for field in (*ALL, *PROMISED))])
    pressed = told.get(ROWS, "")
    rows = [band for band in rows_in(told) if pressed != f"remove.{band.row}"]
    spare = sum(band.is_empty for band in rows) + (pressed == "add") if pressed else None
    return LabForm(
        values={name: told.get(name, WORDS.get(name, "")).strip() for name in names},
        bands=tuple(band for band in rows if not band.is_empty),
        spare_bands=spare,
        answers={guard: as_typed(told.get(f"{ANSWER}{guard}", "")) for guard in Guard},
        reason=as_typed(told.get("reason", "")),
        digest=told.get("digest", ""),
        setting=told.get("setting", ""),
    )


def form_of(policy: Policy, *, parent_id: int, span: Span) -> LabForm:
    """Return a policy as typed, drafted from a version, over a window."""
    values = {**WORDS, "parent_id": str(parent_id)}
    values |= {field.path: field.typed(getattr(USUAL_PROMISE, field.path)) for field in PROMISED}
    return LabForm(values=values, answers={}).with_policy(policy).with_span(span)


def last_days(days: int, now: datetime) -> Span:
    """Return a window of so many days up to now, on full seconds: that is what the form can hold."""
    until = now.replace(microsecond=0) + timedelta(seconds=1 if now.microsecond else 0)
    return Span(since=until - timedelta(days=days), until=until)


def _renumbered(form: LabForm) -> LabForm:
    return replace(form, bands=tuple(replace(band, row=row) for row, band in enumerate(form.bands)))


def _written_name(name: str) -> str:
    """Return a model's name so that no page and no browser changes a character of it."""
    is_plain = name.isprintable() and name == name.strip() and not name.startswith('"')
    return name if is_plain else json.dumps(name)


def _span_values(span: Span) -> dict[str, str]:
    return {
        name: moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        for name, moment in (("since", span.since), ("until", span.until))
    }
