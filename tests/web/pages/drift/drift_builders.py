"""Drift to show: a quantity that moved, others that did not, truths, delays, and nothing at all."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from app.database.policies.drift import DriftEvent
from app.triage.costs import USUAL_COSTS
from app.triage.drift.changes import Change, ChangeKind, SourceDelay
from app.triage.drift.days import Arrived, LabelFree
from app.triage.drift.delays import delay_of, steps_of
from app.triage.drift.maturing import BandCalibration
from app.triage.drift.stability import Stability
from app.triage.drift.standing import BinShare, QuantityStanding
from app.triage.drift.volume import Basis, Cost, Expected, Volume
from app.triage.staffing import USUAL_STAFFING
from app.web.pages.drift.view import drift_page
from app.web.pages.rendering import html
from app.workflows.policies.drift.report import DriftReport
from tests.web.pages.builders import GRACE, a_frame

SINCE = datetime(2026, 6, 3, 4, tzinfo=UTC)
THROUGH = datetime(2026, 6, 9, 12, tzinfo=UTC)
DAY = 86_400.0


def a_stability(psi: float, payments: int = 4_000) -> Stability:
    return Stability(
        payments=payments, psi=psi, by_chance=0.003, chance_at_most=0.01 if payments > 500 else 0.4
    )


BINS = (BinShare(label="up to 1.2", now=0.6, then=0.9), BinShare(label="above 1.2", now=0.4, then=0.1))
A_DAY = Arrived(payments=9_000, scored=9_000, review=90, counts=np.zeros((4, 12)))


def a_quantity(name: str, psi: float, **changes: Any) -> QuantityStanding:
    values: dict[str, Any] = {
        "name": name, "short": a_stability(psi), "long": a_stability(psi / 2, 16_000), "evidence": -1.2,
        "enough": 8.0, "alarmed_at": None, "changed_at": None, "apart_since": None,
        "bins": BINS,
    }  # fmt: skip
    return QuantityStanding(**(values | changes))


MOVED = a_quantity("V14", 0.503, evidence=400.0, alarmed_at=SINCE, changed_at=SINCE, apart_since=SINCE.date())
BAND = BandCalibration(
    above=0.0, upto=1.0, payments=40_000, predicted=60.0, found=130.0, frauds=121, low=100.0, high=170.0
)
DELAY = SourceDelay(
    source="chargeback",
    month=date(2026, 6, 1),
    now=delay_of(steps_of(np.full(300, 30 * DAY))),
    before=delay_of(steps_of(np.full(300, 12 * DAY))),
    is_changed=True,
)
VOLUME = Volume(
    payments=70_000, review=1_400, declined=700, novel=1_750, days=6.5,
    expected=Expected(review=0.01, declined=0.01, basis=Basis.SIMULATION),
)  # fmt: skip


def a_report(**changes: Any) -> DriftReport:
    values: dict[str, Any] = {
        "model_version": "2026-11-30b", "currency": "EUR", "began": SINCE - timedelta(days=60),
        "through": THROUGH, "payments": 640_000, "sampled": 90_000,
        "changes": (
            Change(
                kind=ChangeKind.QUANTITY, subject="V14", since=SINCE,
                cost=Cost(hours_a_day=5.4, money_a_day=323.0),
            ),
            Change(kind=ChangeKind.ALERTS, since=THROUGH, cost=Cost(hours_a_day=1.0, money_a_day=60.0)),
            Change(kind=ChangeKind.CALIBRATION),
            Change(kind=ChangeKind.QUANTITY, subject="score"),
            Change(kind=ChangeKind.DELAY, subject="chargeback", since=SINCE),
        ),
        "quantities": (
            MOVED, a_quantity("score", 0.14), a_quantity("amount", 0.01),
            a_quantity("novelty", 0.3, short=a_stability(0.3, 40)),
        ),
        "evidence": 396.0, "alerts": VOLUME,
        "days": [(date(2026, 6, 8), A_DAY)],
        "calibration": (BAND,), "calibration_gap": "", "age": timedelta(days=45), "delays": (DELAY,),
        "label_free": LabelFree(precision=0.61, miss_rate=None), "costs": USUAL_COSTS,
        "staffing": USUAL_STAFFING,
        "events": [DriftEvent(subject="V14", reason="Payments no longer come as before.", happened_at=SINCE)],
    }  # fmt: skip
    return DriftReport(**(values | changes))


def a_quiet_report() -> DriftReport:
    quiet = (a_quantity("V14", 0.01), a_quantity("score", 0.02))
    return a_report(
        changes=(), quantities=quiet, alerts=None, calibration=(), calibration_gap="nothing_old_enough",
        delays=(), events=[], days=[],
    )  # fmt: skip


def a_page(report: DriftReport | None) -> str:
    return html("drift/page.html", drift_page(a_frame(GRACE), report))


DRIFT_PAGES: dict[str, Callable[[], str]] = {
    "drift": lambda: a_page(a_report()),
    "drift, several currencies": lambda: a_page(a_report(currency="")),
    "drift, quiet": lambda: a_page(a_quiet_report()),
    "drift, nothing": lambda: a_page(None),
}
