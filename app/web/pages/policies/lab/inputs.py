"""What the lab's form means: a policy, a wish, a window and a parent, read once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import Depends

from app.triage.certificate import Method, Promise
from app.triage.guard_rails import Guard
from app.triage.policies.document import digest_of, policy_of
from app.triage.policies.fields import field_of
from app.triage.policies.policy import Policy
from app.triage.refusal import PolicyImpossible
from app.web.dependencies import LARGEST_KEY
from app.web.languages.sentences import marked, worded
from app.web.pages.policies.lab.bands import bands_meant
from app.web.pages.policies.lab.fields import ALL, CHOICES, PROMISED
from app.web.pages.policies.lab.form import ANSWER, LabForm, sent_form
from app.web.pages.typed_moment import MomentUnclear, typed_moment
from app.web.pages.typed_number import NumberUnclear, typed_whole
from app.web.pages.typed_sentence import SentenceUnclear, typed_sentence
from app.workflows.policies.lab.trials import Span, WindowUnclear
from app.workflows.policies.proposals import SetBy, Source, Wish

Choice = TypeVar("Choice", bound=StrEnum)

MOMENTS = {"since": marked("The window's beginning"), "until": marked("The window's end")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabInput:
    """What a form means."""

    policy: Policy
    wish: Wish
    span: Span
    #: The version whose values were changed.
    parent_id: int

    @property
    def setting(self) -> str:
        """The digest of all but the policy: the window, the wish and the parent it was tried with."""
        return hashlib.sha256(repr((self.wish, self.span, self.parent_id)).encode()).hexdigest()

    def is_as_shown(self, form: LabForm) -> bool:
        """Whether the page showed this when the form was sent."""
        return form.digest == digest_of(self.policy) and form.setting == self.setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadForm:
    """A form, read once: what it means, or why it means nothing."""

    form: LabForm
    meant: LabInput | PolicyImpossible | WindowUnclear

    @property
    def asked(self) -> LabInput:
        """What it means; raises why it means nothing, as `input_in`."""
        if isinstance(self.meant, Exception):
            raise self.meant
        return self.meant


def read(form: LabForm) -> ReadForm:
    """Read a form, mistakes and all."""
    try:
        return ReadForm(form=form, meant=input_in(form))
    except (PolicyImpossible, WindowUnclear) as error:
        return ReadForm(form=form, meant=error)


async def sent_and_read(form: Annotated[LabForm, Depends(sent_form)]) -> ReadForm:
    """Return the form as it was sent, read: all that a request needs of it comes from here."""
    return read(form)


def input_in(form: LabForm) -> LabInput:
    """Return what a form means; raises `PolicyImpossible` with the mistaken field, `WindowUnclear`."""
    return LabInput(policy=policy_in(form), wish=wish_in(form), span=span_in(form), parent_id=parent_in(form))


def policy_in(form: LabForm) -> Policy:
    """Return the policy the form describes; raises `PolicyImpossible` with the field that means nothing."""
    document: dict[str, Any] = {
        "model_version": _read_name(form.values["model_version"]),
        "costs": {},
        "staffing": {},
    }
    for choice in CHOICES:
        document[choice.path] = _chosen(choice.kind, choice.path, form).value
    for field in ALL:
        part, _, name = field.path.rpartition(".")
        (document[part] if part else document)[name] = field.meant(form.values[field.path])
    document["bands"] = bands_meant(form.bands)
    return policy_of(document)


def wish_in(form: LabForm) -> Wish:
    """Return how the bounds are to be set; raises `PolicyImpossible` with the field that means nothing."""
    set_by = _chosen(SetBy, "set_by", form)
    method, source = _chosen(Method, "method", form), _chosen(Source, "source", form)
    if set_by is not SetBy.PROMISE:
        return Wish(set_by=set_by, method=method, source=source)
    told = {field.path: field.meant(form.values[field.path]) for field in PROMISED}
    return Wish(set_by=set_by, promise=Promise(**told), method=method, source=source)  # type: ignore[arg-type]


def span_in(form: LabForm) -> Span:
    """Return the window; raises `PolicyImpossible` with the moment that is none, and `WindowUnclear`."""
    return Span(since=_moment(form, "since"), until=_moment(form, "until"))


def parent_in(form: LabForm) -> int:
    """Return the version the policy was changed from; raises `PolicyImpossible`."""
    try:
        return typed_whole(form.values["parent_id"], most=LARGEST_KEY)
    except NumberUnclear as why:
        raise PolicyImpossible("parent_id", worded("Say which version this was changed from.")) from why


def answers_in(form: LabForm) -> Mapping[Guard, str]:
    """Return the answers that were given to warnings; raises `PolicyImpossible` for one not to be kept."""
    return {
        Guard(guard): kept_whole(f"{ANSWER}{guard}", answer)
        for guard, answer in form.answers.items()
        if answer
    }


def kept_whole(name: str, sentence: str) -> str:
    """Return a sentence that can be kept whole; raises `PolicyImpossible` with its field for another."""
    try:
        return typed_sentence(sentence)
    except SentenceUnclear as why:
        raise PolicyImpossible(name, str(why)) from why


def _moment(form: LabForm, name: str) -> datetime:
    try:
        return typed_moment(form.values[name])
    except MomentUnclear as why:
        raise PolicyImpossible(name, f"{MOMENTS[name]}: {why}") from why


def _read_name(text: str) -> str:
    """Return the name that `_written_name` wrote."""
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError as why:
        raise PolicyImpossible("model_version", worded("Say of which model this is a policy.")) from why


def _chosen(kind: type[Choice], name: str, form: LabForm) -> Choice:
    try:
        return kind(form.values[name])
    except ValueError as why:
        field = field_of(name)
        offered = ", ".join(worded(words) for _, words in field.meaning.words) if field else ", ".join(kind)
        label = worded(field.meaning.label) if field else name
        raise PolicyImpossible(
            name,
            worded("Invalid value: %(label)s must be one of: %(offered)s.", label=label, offered=offered),
        ) from why
