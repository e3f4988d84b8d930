"""A form tried on past payments: what it means, what it would have done, and the pages that show it."""

from dataclasses import dataclass

from app.artifacts.model import ArtifactRefused
from app.database.policies.policies import PolicyVersion
from app.review.access.people import Ability, Account
from app.triage.certificate import Certificate, PromiseInfeasible
from app.triage.policies.document import digest_of
from app.triage.policies.fields import field_of
from app.triage.refusal import PolicyImpossible
from app.web.languages.sentences import said, worded
from app.web.pages.frame import Frame
from app.web.pages.policies.lab.figures import Figures, figures
from app.web.pages.policies.lab.form import LabForm
from app.web.pages.policies.lab.form_view import form_view
from app.web.pages.policies.lab.inputs import LabInput, ReadForm
from app.web.pages.policies.lab.page import (
    DrawnPage,
    LabPage,
    Mistake,
    MovedPage,
    Pictures,
    Shown,
    active_view,
    pictures,
    version_rows,
)
from app.web.pages.policies.lab.steps import StepsView, steps_view
from app.web.pages.policies.promises import promise_view
from app.web.problems import own_sentence
from app.web.services import PolicyServices
from app.workflows.policies.lab.trials import Simulation, WindowUnclear
from app.workflows.policies.proposals import CostsNeedMargin

#: What a form can say that cannot be done.
MISTAKES = (PolicyImpossible, PromiseInfeasible, WindowUnclear, CostsNeedMargin)
#: Versions at the foot of the page; the history has all of them.
SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What the form means, and what it would have done."""

    asked: LabInput
    certificate: Certificate | None
    #: Why the promise that is asked for cannot be given; empty where it can, or none is.
    refused: str
    simulation: Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A form that was tried; with a mistake in it there is nothing to show."""

    form: LabForm
    tried: Tried | None
    mistake: Mistake | None


async def tried(policies: PolicyServices, sent: ReadForm) -> Trial:
    """Try a form on its window."""
    try:
        asked = sent.asked
        certificate, refused = await _promised(policies, asked)
        simulation = await policies.lab.simulate(
            asked.policy, asked.span, certificate=certificate, parent_id=asked.parent_id
        )
    except MISTAKES as error:
        return Trial(form=sent.form, tried=None, mistake=mistake_of(error))
    done = Tried(asked=asked, certificate=certificate, refused=refused, simulation=simulation)
    # A moment that was typed with a zone is shown in UTC: fields of dates hold no zone.
    return Trial(form=sent.form.with_span(asked.span), tried=done, mistake=None)


async def _promised(policies: PolicyServices, asked: LabInput) -> tuple[Certificate | None, str]:
    """Return what the policy may promise, or why not: its bounds can be tried all the same."""
    try:
        return await certificate_of(policies, asked), ""
    except PromiseInfeasible as error:
        return None, _sentence(said(error.args[0]))


async def certificate_of(policies: PolicyServices, asked: LabInput) -> Certificate | None:
    """Return what the policy may promise; raises `PromiseInfeasible` where it may not what is wished."""
    return await policies.proposals.certificate(
        asked.policy, asked.wish, asked.span, parent_id=asked.parent_id
    )


def mistake_of(error: Exception) -> Mistake:
    """Return an error as the form shows it, at the field it is about."""
    if isinstance(error, PolicyImpossible):
        field = field_of(error.field)
        sentence = said(error.args[0]).replace(
            error.field, worded(field.meaning.label) if field else error.field
        )
        return Mistake(field=error.field, sentence=_sentence(sentence))
    if isinstance(error, PromiseInfeasible):
        return Mistake(field="miss_rate", sentence=_sentence(said(error.args[0])))
    at = "since" if isinstance(error, WindowUnclear) else "set_by"
    return Mistake(field=at, sentence=worded(own_sentence(error)))


def moved(trial: Trial, *, may_tune: bool) -> MovedPage:
    """Return the answer to a slider move."""
    certificate = trial.tried.certificate if trial.tried else None
    return MovedPage(
        figures=_figures(trial),
        promise=promise_view(certificate),
        refused=trial.tried.refused if trial.tried else "",
        shown=_shown(trial),
        mistake=trial.mistake,
        may_tune=may_tune,
    )


async def drawn(policies: PolicyServices, trial: Trial) -> DrawnPage:
    """Return the pictures of a trial that made no mistake."""
    found = await _pictures(policies, trial)
    if found is None:
        raise ValueError("a form with a mistake cannot be drawn")
    return DrawnPage(pictures=found)


async def whole_page(
    policies: PolicyServices,
    reader: Account,
    title: Frame,
    trial: Trial,
    *,
    mistake: Mistake | None,
    notes: tuple[str, ...],
    message: str,
    filled: str = "",
) -> LabPage:
    """Return the lab with everything on it."""
    shown = mistake or trial.mistake
    previous = await policies.lifecycle.previous()
    return LabPage(
        frame=title,
        may_tune=reader.may(Ability.TUNE_POLICIES),
        active=active_view(await policies.lab.active()),
        form=form_view(
            trial.form,
            await policies.lab.measured(),
            mistaken=shown.field if shown else "",
            filled=filled,
        ),
        notes=tuple(said(each) for each in (*await policies.lifecycle.misfits(), *notes)),
        mistake=shown,
        promise=promise_view(trial.tried.certificate if trial.tried else None),
        # What could not be proposed has said so already.
        refused="" if trial.tried is None or shown == _refusal(trial) else trial.tried.refused,
        shown=_shown(trial),
        figures=_figures(trial),
        pictures=await _pictures(policies, trial),
        versions=version_rows(await policies.lifecycle.versions(limit=SHOWN)),
        previous_id=previous.id if previous is not None else 0,
        message=message,
    )


def _refusal(trial: Trial) -> Mistake | None:
    """Return the refused promise of a trial as a mistake."""
    if trial.tried is None or not trial.tried.refused:
        return None
    return Mistake(field="miss_rate", sentence=trial.tried.refused)


def _shown(trial: Trial) -> Shown | None:
    if trial.tried is None:
        return None
    return Shown(digest=digest_of(trial.tried.asked.policy), setting=trial.tried.asked.setting)


def _figures(trial: Trial) -> Figures | None:
    if trial.tried is None:
        return None
    done = trial.tried
    return figures(done.simulation, done.asked.policy, trial.form.answers, done.simulation.currency)


async def _pictures(policies: PolicyServices, trial: Trial) -> Pictures | None:
    if trial.tried is None:
        return None
    done = trial.tried
    return pictures(
        await policies.lab.curves(done.asked.policy, done.asked.span),
        done.simulation,
        done.asked.policy,
        certificate=done.certificate,
        previous=await _previous(policies, done),
        steps=await _steps(policies, done.asked),
    )


async def _steps(policies: PolicyServices, asked: LabInput) -> StepsView:
    """Return what promises would cost on a policy, or why none can be made."""
    try:
        found = await policies.proposals.steps(asked.policy, asked.wish, asked.span)
    except (PromiseInfeasible, ArtifactRefused) as error:
        return StepsView(refused=_sentence(said(error.args[0])))
    return steps_view(found, asked.wish.promise)


async def _previous(policies: PolicyServices, done: Tried) -> tuple[PolicyVersion, Simulation] | None:
    """Return what decided before the active version, where it can be laid over the same scores."""
    version = await policies.lifecycle.previous()
    if version is None or version.policy.model_version != done.asked.policy.model_version:
        return None
    return version, await policies.lab.simulate(version.policy, done.asked.span)


def _sentence(words: str) -> str:
    capital = f"{words[:1].upper()}{words[1:]}"
    return capital if capital.endswith((".", "!", "?")) else f"{capital}."
