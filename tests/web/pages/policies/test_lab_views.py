"""What the lab says of a draft: the form it came from, figures that are known or not, the pictures."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage.certificate import Certificate, Method, Promise
from app.triage.labels import LABELS
from app.triage.policies.choices import Fallback
from app.triage.policies.policy import BOUND_NAMES, AmountBand, Bounds, Policy
from app.triage.refusal import PolicyImpossible
from app.triage.simulation.estimates import Estimate
from app.triage.written_numbers import exact_percent, few, percent
from app.web.pages.policies.estimates import NOT_KNOWN, euros, told
from app.web.pages.policies.lab.bands import BandForm
from app.web.pages.policies.lab.changes import kind_of
from app.web.pages.policies.lab.fields import ALL, CHOICES, field_at
from app.web.pages.policies.lab.figures import figures
from app.web.pages.policies.lab.form_view import form_view
from app.web.pages.policies.lab.histogram import chart
from app.web.pages.policies.lab.inputs import answers_in, policy_in, span_in, wish_in
from app.web.pages.policies.lab.page import shifted
from app.web.pages.policies.lab.risk_coverage import (
    NAME_HEIGHT,
    NAME_WIDTH,
    TICK_WIDTH,
    Certified,
    Standing,
    curve,
)
from app.web.pages.policies.lab.steps import steps_view
from app.web.pages.policies.lab.trial import mistake_of
from app.web.pages.policies.promises import promise_view
from app.web.pages.typed_number import how
from app.workflows.policies.lab.trials import WindowUnclear
from app.workflows.policies.proposals import SetBy
from tests.triage.simulation.builders import a_world
from tests.web.pages.builders import a_certificate, a_policy, a_version
from tests.web.pages.policies.lab_builders import SPAN, a_form, a_simulation, some_curves, some_steps

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
SHARES = st.floats(0, 1)


def typed(**changes: str) -> Any:
    form = a_form()
    return replace(form, values={**form.values, **changes})


@given(
    bounds=st.tuples(NUMBERS, NUMBERS),
    gate=st.none() | st.floats(0, 1e6),
    shares=st.tuples(SHARES, SHARES),
    start=st.floats(0.01, 1e6),
)
def test_the_form_gives_back_exactly_the_policy_it_shows(
    bounds: tuple[float, float], gate: float | None, shares: tuple[float, float], start: float
) -> None:
    approve, decline = bounds
    policy = a_policy(
        approve_at_most=approve,
        decline_at_least=decline,
        spread_at_most=gate,
        audit_share_approved=shares[0],
        audit_share_near=shares[1],
        deadline_fallback=Fallback.DECLINE,
        bands=(AmountBand(amount_from=start, bounds=Bounds(approve_at_most=approve, decline_at_least=9.0)),),
    )
    form = a_form(policy)
    assert policy_in(form) == policy
    assert span_in(form) == SPAN


#: What an unknown may become, as the form offers it.
FALLBACKS = "one of: goes on waiting, is approved, is declined"


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("approve_at_most", "", "Approve up to is missing."),
        ("approve_at_most", "low", f"Approve up to: “low” is not a number. {how()}"),
        ("decline_at_least", "1e999", "Decline from: “1e999” is too large."),
        ("decline_at_least", "nan", f"Decline from: “nan” is not a number. {how()}"),
        (
            "spread_at_most",
            "-1",
            "Invalid value: Spread above must be from 0 to 1000000000000 (logits), not -1.",
        ),
        ("staffing.analysts", "2.5", "Invalid value: Analysts at a time must be a whole number, not 2.5."),
        (
            "costs.detection_rate",
            "120",
            "Invalid value: Frauds an analyst finds must be from 0 to 100 (%), not 120.",
        ),
        ("deadline_fallback", "sleep", f"Invalid value: An unknown past its deadline must be {FALLBACKS}."),
    ],
)
def test_a_mistake_is_told_at_its_field(field: str, text: str, sentence: str) -> None:
    with pytest.raises(PolicyImpossible) as caught:
        policy_in(typed(**{field: text}))
    mistake = mistake_of(caught.value)
    assert mistake.field == field
    assert mistake.sentence == sentence
    groups = form_view(typed(), mistaken=field).groups
    assert [group.is_open for group in groups].count(True) == (
        field.partition(".")[0] in CLOSED or field in CLOSED
    )


#: What lies in groups that stay closed until something in them is wrong.
CLOSED = {"spread_at_most", "staffing.analysts", "costs.detection_rate"}


def test_numbers_may_be_typed_as_people_write_them() -> None:
    policy = policy_in(typed(approve_at_most="\u22125,25", decline_at_least=" 1 000.5 "))
    assert (policy.approve_at_most, policy.decline_at_least) == (-5.25, 1000.5)


@pytest.mark.parametrize("text", ["0", "100", "", "x"])
def test_a_promise_is_a_share(text: str) -> None:
    with pytest.raises(PolicyImpossible) as caught:
        wish_in(typed(set_by="promise", miss_rate=text))
    assert caught.value.field == "miss_rate"


def test_a_wish_is_read_from_the_form() -> None:
    wish = wish_in(typed(set_by="promise", miss_rate="5", confidence="90", decline_precision="95"))
    assert wish.set_by is SetBy.PROMISE
    assert wish.promise == Promise(miss_rate=0.05, confidence=0.9, decline_precision=0.95)
    assert wish_in(typed(set_by="cost", miss_rate="nothing")).promise is None


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(WindowUnclear):
        span_in(typed(since="2026-05-07T00:00:00", until="2026-05-06T00:00:00"))


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-05-01", "05/01/2026 12:00", "9" * 30, "0001-01-01T00:00+14:00"]
)
def test_a_moment_that_is_none_names_its_field(name: str, text: str) -> None:
    with pytest.raises(PolicyImpossible) as caught:
        span_in(typed(**{name: text}))
    assert mistake_of(caught.value).field == name
    assert mistake_of(caught.value).sentence.startswith(("The window's beginning: ", "The window's end: "))


def test_an_offset_that_was_typed_is_kept() -> None:
    span = span_in(typed(since="2026-05-01T14:00:00+02:00", until="2026-05-01 23:00 -05:30"))
    assert span.since == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert span.until == datetime(2026, 5, 2, 4, 30, tzinfo=UTC)


def test_emptied_bands_go_and_answers_stay() -> None:
    form = replace(
        a_form(),
        bands=(BandForm(row=3, texts=("500", "-7", "1", "", "")),),
        answers={"over_capacity": "x"},
    )
    assert policy_in(form).bands[0].amount_from == 500
    assert answers_in(form) == {"over_capacity": "x"}
    assert BandForm(row=0).is_empty
    assert ("bands.3.amount_from", "500") in form.hidden()


def test_what_nobody_knows_is_told_as_not_known_and_never_as_nothing() -> None:
    unseen = figures(a_simulation(world=a_world(5, policy=a_policy())), a_policy(), {}, "EUR")
    rows = {row.name: row for row in unseen.rows}
    assert rows["Frauds approved"].after.value == NOT_KNOWN
    assert rows["Money let through"].after.value == NOT_KNOWN
    assert rows["Money let through"].after.interval == ""
    seen = figures(a_simulation(), a_policy(), {}, "EUR")
    assert all(row.after.is_known for row in seen.rows)


def test_more_frauds_approved_is_worse_and_over_capacity_is_said() -> None:
    looser = figures(a_simulation(a_policy(approve_at_most=1.0)), a_policy(), {}, "EUR")
    rows = {row.name: row for row in looser.rows}
    assert rows["Frauds approved"].tone == "fraud"
    assert rows["Frauds approved"].change.startswith("+")
    assert rows["Analyst hours"].change == "fits 56"
    nobody = a_policy(staffing=replace(a_policy().staffing, analysts=0))
    assert {
        row.tone
        for row in figures(a_simulation(nobody), nobody, {}, "EUR").rows
        if row.change.startswith("over")
    } == {"fraud"}


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0"),
        (1, "100"),
        (0.5, "50"),
        (0.0368, "3.7"),
        (0.0068, "0.68"),
        (0.00017, "0.017"),
        (0.9995, "99.950"),
    ],
)
def test_a_share_keeps_two_digits_that_count(share: float, words: str) -> None:
    assert percent(share) == f"{words}\u202f%"


def test_an_interval_writes_its_unit_once() -> None:
    assert told(Estimate(value=0.02, low=0.01, high=0.03), percent).interval == "1.0\u20133.0\u202f%"
    assert told(Estimate(value=2, low=1, high=3), euros("EUR")).interval == "\u20ac\u202f1\u20133"
    assert told(Estimate(value=None, low=0.5, high=None), few).interval == "0.5 or more"
    assert told(Estimate(value=None, low=0, high=None), few).interval == ""


def test_the_curve_marks_policies_within_its_picture() -> None:
    points = some_curves().miss_rate_by_coverage
    rate = Estimate(value=0.3, low=0, high=1)
    standing = Standing(kind="draft", name="your draft", coverage=0.9, miss_rate=rate)
    drawn = curve(points, [standing], Certified(coverage=0.8, miss_rate=0.1, sentence="x"), total=400)
    assert drawn.line.startswith("M")
    assert drawn.band.endswith("Z")
    mark = drawn.marks[0]
    assert 0 <= drawn.certified_width / 10 <= mark.x <= 100
    assert 0 <= mark.top <= mark.y <= mark.bottom <= 100
    assert any(row.bound_moves == "as drafted" for row in drawn.rows)
    assert curve((), [], None, total=0).line == ""


@given(places=st.lists(st.tuples(SHARES, SHARES), min_size=2, max_size=3), total=st.integers(100, 10**6))
def test_names_and_ticks_on_the_curve_never_cover_each_other(
    places: list[tuple[float, float]], total: int
) -> None:
    standings = [
        Standing(kind="draft", name="a name", coverage=at, miss_rate=Estimate(value=rate, low=0, high=1))
        for at, rate in places
    ]
    drawn = curve(some_curves().miss_rate_by_coverage, standings, None, total=total)
    for place, mark in enumerate(drawn.marks):
        assert 0 <= mark.name_at <= 100
        near = [each for each in drawn.marks[:place] if abs(each.x - mark.x) < NAME_WIDTH]
        assert all(abs(each.name_at - mark.name_at) >= NAME_HEIGHT - 0.1 for each in near)
    gaps = np.diff([tick.at for tick in drawn.ticks])
    assert (gaps >= TICK_WIDTH).all()


def test_a_shifted_policy_approves_no_more_than_the_decline_bound_lets_it() -> None:
    policy = a_policy(
        bands=(AmountBand(amount_from=100, bounds=Bounds(approve_at_most=-7, decline_at_least=0)),)
    )
    moved = shifted(policy, 50.0)
    assert moved.approve_at_most == policy.decline_at_least
    assert moved.bands[0].bounds.approve_at_most == 0
    assert shifted(policy, -1.0).bands[0].bounds.approve_at_most == -8


def test_the_chart_shows_a_single_fraud_and_both_bounds() -> None:
    drawn = chart(some_curves().histogram, a_policy())
    assert 0 < drawn.approve_at < drawn.decline_at < 100
    assert any(bar.fraud_height > 0 for bar in drawn.bars)
    assert chart((), a_policy()).bars == ()


def test_bounds_out_of_order_leave_what_both_claim_to_people() -> None:
    drawn = chart(some_curves().histogram, a_policy(approve_at_most=2.5))
    assert (drawn.unknown_from, drawn.unknown_to) == (drawn.decline_at, drawn.approve_at)


def test_a_promise_names_its_evidence_and_none_is_told_as_none() -> None:
    assert promise_view(None).sentences == ("It gives no guarantee about how many frauds it approves.",)
    assert promise_view(a_version().certificate).sentences == (
        (
            "Of 100 frauds it approves at most 10, with 95\u202f% confidence, measured on 88 known frauds it"
            " never learned from."
        ),
    )


def test_what_holds_on_average_is_never_called_certified() -> None:
    average = Certificate(
        method=Method.MONDRIAN, confidence=None, frauds=88, rows_sha256="", miss_rate_at_most=0.05,
        false_decline_rate_at_most=0.001,
    )  # fmt: skip
    told_so = promise_view(average)
    assert not told_so.is_certified
    assert all(sentence.startswith("On average") for sentence in told_so.sentences)
    assert "certified" not in " ".join(told_so.sentences)


def test_every_field_of_a_policy_has_its_place() -> None:
    paths = {field.path for field in ALL} | {choice.path for choice in CHOICES}
    held = {path.partition(".")[0] for path in paths}
    assert held | {"model_version", "bands"} == set(Policy.__dataclass_fields__)
    assert len({field.path for field in ALL}) == len(ALL)
    groups = form_view(typed()).groups
    fields = {field.name for group in groups for field in group.fields}
    assert fields | {choice.name for group in groups for choice in group.choices} == paths - set(BOUND_NAMES)


def test_a_kind_of_change_is_read_or_means_all() -> None:
    assert kind_of("0-1") == (LABELS[0], LABELS[1])
    assert kind_of("") == kind_of("9-0") == kind_of("0") == kind_of("-1-0") == (None, None)


def test_numbers_in_the_form_are_not_rounded() -> None:
    draws = np.random.default_rng(1).normal(size=50)
    field = field_at("approve_at_most")
    assert [field.meant(field.typed(value)) for value in draws.tolist()] == draws.tolist()


@given(
    rates=st.lists(st.none() | st.floats(0, 1), min_size=3, max_size=3),
    chosen=st.none() | st.sampled_from([0.17, 0.15, 0.1, 0.3]),
)
def test_steps_are_drawn_within_their_picture_and_the_chosen_one_is_marked(
    rates: list[float | None], chosen: float | None
) -> None:
    wished = None if chosen is None else Promise(miss_rate=chosen, chosen_among=3)
    view = steps_view(some_steps(a_policy(), rates=rates), wished)
    known = [rate for rate in rates if rate is not None]
    assert len(view.marks) == len(known)
    assert bool(view.line) is bool(known)
    assert all(0 <= mark.x <= 100 and 0 <= mark.y <= 100 for mark in view.marks)
    # More reviews are never drawn lower: places count from the top.
    for one, other in pairwise(sorted(zip(known, view.marks, strict=True), key=lambda pair: pair[0])):
        assert one[1].y >= other[1].y
    assert [row.promise for row in view.rows if row.is_chosen] == (
        [exact_percent(chosen)] if chosen in (0.17, 0.15, 0.1) else []
    )
    assert [row.review_rate == NOT_KNOWN for row in view.rows] == [rate is None for rate in rates]


def test_a_promise_typed_without_looking_is_no_chosen_step() -> None:
    view = steps_view(some_steps(a_policy()), Promise(miss_rate=0.15))
    assert not any(row.is_chosen for row in view.rows)


def test_a_promise_says_how_it_was_chosen() -> None:
    assert "Chosen among" not in " ".join(promise_view(a_certificate()).sentences)
    assert "Chosen among 12 bounds" in promise_view(a_certificate(chosen_among=12)).sentences[1]
