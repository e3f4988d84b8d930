"""The lab as one page: what decides now, a draft beside it, the pictures of both, all versions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.database.policies.policies import PolicyVersion
from app.triage.certificate import Certificate
from app.triage.policies.order import approves_no_more
from app.triage.policies.policy import Bounds, Policy
from app.triage.simulation.curves import CurvePoint
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.formatting import exact_percent
from app.web.pages.frame import Frame
from app.web.pages.policies.lab.figures import Figures
from app.web.pages.policies.lab.form_view import FormView
from app.web.pages.policies.lab.histogram import Chart, chart
from app.web.pages.policies.lab.load import LoadView, load_view
from app.web.pages.policies.lab.reliability import ReliabilityView, reliability_view
from app.web.pages.policies.lab.risk_coverage import Certified, Curve, Standing, curve
from app.web.pages.policies.lab.steps import StepsView
from app.web.pages.policies.promises import PromiseView, promise_view
from app.web.pages.policies.version_row import VersionRow, version_row
from app.workflows.policies.lab.trials import Curves, Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A field that is invalid as typed, or a wish that cannot be granted."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveView:
    """The policy that decides now."""

    id: int
    model: str
    signed: str
    promise: PromiseView


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What is drawn of the window under the draft."""

    #: The window drawn, from when to when: a picture of another one is drawn anew.
    window: str
    curve: Curve
    chart: Chart
    reliability: ReliabilityView
    load: LoadView
    steps: StepsView


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the figures are about, in digests: only that can be kept."""

    #: Of the policy, as `digest_of` makes it.
    digest: str
    #: Of the window, the wish and the parent it was tried with.
    setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPage:
    """The answer to a slider move."""

    figures: Figures | None
    promise: PromiseView
    refused: str
    #: None while there are no figures.
    shown: Shown | None
    mistake: Mistake | None
    may_tune: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPage:
    """The pictures, drawn anew."""

    pictures: Pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPage:
    """The whole page."""

    frame: Frame
    may_tune: bool
    active: ActiveView
    form: FormView
    #: What a proposal says of itself, and the problem that kept it from being one.
    notes: tuple[str, ...]
    mistake: Mistake | None
    promise: PromiseView
    #: Why the promise that is asked for cannot be given; empty where it can, or none is.
    refused: str
    #: None while there are no figures.
    shown: Shown | None
    figures: Figures | None
    pictures: Pictures | None
    versions: tuple[VersionRow, ...]
    #: The version one press brings back; 0: there is none.
    previous_id: int
    message: str


def active_view(active: PolicyVersion) -> ActiveView:
    """Return what decides now."""
    signed = (
        worded(
            "signed by %(approved_by)s, %(approved_at)s",
            approved_by=active.approved_by,
            approved_at=formatting.moment(active.approved_at),
        )
        if active.approved_at
        else ""
    )
    return ActiveView(
        id=active.id,
        model=active.policy.model_version,
        signed=signed,
        promise=promise_view(active.certificate),
    )


def version_rows(versions: Sequence[PolicyVersion]) -> tuple[VersionRow, ...]:
    """Return the newest versions."""
    return tuple(version_row(each) for each in versions)


def pictures(
    curves: Curves,
    simulation: Simulation,
    policy: Policy,
    *,
    certificate: Certificate | None,
    previous: tuple[PolicyVersion, Simulation] | None,
    steps: StepsView,
) -> Pictures:
    """Return the pictures of a draft; `previous` is what decided before the active version."""
    standings = [
        Standing(
            kind="active",
            name=worded("active, %(id)s", id=simulation.active.id),
            coverage=simulation.before.coverage or 0.0,
            miss_rate=simulation.before.risk.miss_rate,
        ),
        Standing(
            kind="draft",
            name=worded("your draft"),
            coverage=simulation.after.coverage or 0.0,
            miss_rate=simulation.after.risk.miss_rate,
        ),
    ]
    if previous is not None:
        version, lasted = previous
        standings.insert(
            0,
            Standing(
                kind="last",
                name=worded("the last, %(id)s", id=version.id),
                coverage=lasted.after.coverage or 0.0,
                miss_rate=lasted.after.risk.miss_rate,
            ),
        )
    return Pictures(
        window=f"{simulation.span.since.isoformat()}/{simulation.span.until.isoformat()}",
        curve=curve(
            curves.miss_rate_by_coverage,
            standings,
            _certified(curves.miss_rate_by_coverage, policy, simulation.active, certificate),
            total=simulation.transactions,
        ),
        chart=chart(curves.histogram, policy),
        reliability=reliability_view(curves.reliability),
        load=load_view(curves.hours),
        steps=steps,
    )


def _certified(
    points: Sequence[CurvePoint], policy: Policy, active: PolicyVersion, certificate: Certificate | None
) -> Certified | None:
    """Return how far along the curve a promise reaches: the draft's own, else the active version's."""
    held, promised = (certificate, policy) if certificate else (active.certificate, active.policy)
    if held is None or held.confidence is None:
        return None
    inside = [point.coverage for point in points if approves_no_more(shifted(policy, point.shift), promised)]
    if not inside:
        return None
    return Certified(
        coverage=max(inside),
        miss_rate=held.miss_rate_at_most,
        sentence=(
            worded(
                "certified region: misses at most %(miss_rate_at_most)s with %(confidence)s confidence",
                miss_rate_at_most=exact_percent(held.miss_rate_at_most),
                confidence=exact_percent(held.confidence),
            )
        ),
    )


def shifted(policy: Policy, shift: float) -> Policy:
    """Return the policy with the approve bounds of all bands moved together, as the curve moves them."""
    bands = tuple(replace(band, bounds=_moved(band.bounds, shift)) for band in policy.bands)
    bound = _moved(policy.base_bounds, shift).approve_at_most
    return replace(policy, approve_at_most=bound, bands=bands)


def _moved(bounds: Bounds, shift: float) -> Bounds:
    # Beyond the decline bound nothing more is approved.
    return replace(bounds, approve_at_most=min(bounds.approve_at_most + shift, bounds.decline_at_least))
