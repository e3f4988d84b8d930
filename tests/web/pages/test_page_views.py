"""What pages say of a case, of bounds, and of a change: and what they keep to themselves."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from app.review.access.languages import Language
from app.review.case import CaseKind, CaseState
from app.review.neighbours import Nearest
from app.review.reason_codes import Code, ReasonCode
from app.review.timeline import Event, Happening
from app.scoring.explanation import Explanation
from app.scoring.percentile import percentile_among
from app.triage.labels import BY_LIST, Label, Reason
from app.triage.policies.choices import Fallback
from app.web.languages.reader import Reader, read_by
from app.web.pages.access.login import _local
from app.web.pages.causes import BLIND as BLIND_CAUSE
from app.web.pages.causes import CAUSES, TAGS, cause_of, decider_of
from app.web.pages.rendering import html
from app.web.pages.review.feature_values import place, standing
from app.web.pages.review.features import sums
from app.web.pages.review.reasons import WORDS, reason_views
from app.web.pages.review.score_panel import scale
from app.web.pages.review.similar import alike
from app.web.pages.review.timeline import timeline_view
from tests.web.pages.builders import (
    BLIND,
    NOON,
    NUMBERS,
    SEEN,
    a_file,
    a_policy,
    a_review_page,
    a_view,
    is_blind,
    some_neighbours,
    the_model,
)

ASKING = frozenset(Reason) - {Reason.EVIDENCE_FRAUD, Reason.EVIDENCE_LEGIT} - BY_LIST.keys()


def test_every_reason_to_ask_has_words() -> None:
    assert set(CAUSES) == ASKING
    assert set(TAGS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_the_history_gives_the_reason_of_a_decision_in_the_words_of_its_tag(reason: Reason) -> None:
    decided = Event(at=NOON, what=Happening.DECIDED, label=Label.UNKNOWN, rule=reason)
    (row,) = timeline_view([decided], now=NOON).rows
    assert row.sentence == f"{decider_of(reason)} sent it to manual review: {TAGS[reason].lower()}"


def test_a_code_is_called_as_the_reason_that_says_the_same() -> None:
    for same in ("NOVEL", "PASSES_DISAGREE", "BETWEEN_BOUNDS"):
        assert WORDS[Code[same]] == TAGS[Reason[same]]
    assert WORDS[Code.HIGH_EXPOSURE] == TAGS[Reason.LARGE_EXPOSURE]


@pytest.mark.parametrize("reason", [Reason.EVIDENCE_FRAUD, Reason.EVIDENCE_LEGIT])
def test_what_the_machine_decided_itself_is_not_called_blind(reason: Reason) -> None:
    assert cause_of(reason).tag == "Manual review"


@pytest.mark.parametrize("reason", [Reason.EVIDENCE_FRAUD, Reason.EVIDENCE_LEGIT])
def test_an_audit_looks_the_same_whatever_the_machine_decided(reason: Reason) -> None:
    labels = {Reason.EVIDENCE_FRAUD: Label.FRAUD, Reason.EVIDENCE_LEGIT: Label.LEGIT}
    audit = a_file(kind=CaseKind.AUDIT, reason=reason, label=labels[reason])
    shown = html("review/page.html", a_review_page(a_view(audit, is_blind=is_blind(audit))))
    unknown = html("review/page.html", a_review_page(a_view(a_file(BLIND), is_blind=True)))
    assert shown == unknown.replace(f'data-case-id="{BLIND}"', f'data-case-id="{SEEN}"').replace(
        f"/review/{BLIND}/", f"/review/{SEEN}/"
    ).replace(f"Case {BLIND} ", f"Case {SEEN} ")


def test_what_is_drawn_blind_says_only_that() -> None:
    assert is_blind(a_file(BLIND))
    assert not is_blind(a_file(SEEN))
    assert cause_of(a_file(BLIND).reason, is_blind=True) is BLIND_CAUSE


def test_in_a_blind_review_neither_reason_nor_neighbour_nor_pull_is_on_the_page() -> None:
    """What the builders' grounds say of the same case is on the open page, and not on the blind one."""
    seen = html("review/page.html", a_review_page(a_view(a_file(SEEN))))
    hidden = html("review/page.html", a_review_page(a_view(a_file(BLIND), is_blind=True)))
    secrets = (
        "Extreme features",
        "chargeback",
        'class="codes"',
        'class="alike"',
        'class="pull"',
        "Uncertainty",
    )
    assert [secret for secret in secrets if secret in hidden] == []
    assert [secret for secret in secrets if secret not in seen] == []


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        (Code.EXTREME_FEATURES, "V14 below all, V10 above 99\u202f%"),
        (Code.UNUSUAL_AMOUNT, "above 98\u202f% of legit payments"),
        (Code.QUIET_HOUR, "02:00 UTC: 1.2\u202f% of 2\u202f310 confirmed legit payments"),
        (Code.LIKE_KNOWN_FRAUD, "distance 2.50; no legit is closer"),
        (Code.NOVEL, "percentile 100.00, limit 99.99"),
        (Code.PASSES_DISAGREE, "spread 2.31, limit 1.80"),
        (Code.BETWEEN_BOUNDS, "\u22121.35 lies between \u22125.20 and 1.90"),
        (Code.HIGH_EXPOSURE, "expected loss \u20ac\u202f123.00"),
        (Code.RANDOM_AUDIT, "drawn from automated decisions"),
    ],
)
def test_a_reason_is_told_with_its_numbers(code: Code, numbers: str) -> None:
    (told,) = reason_views((ReasonCode(code=code, numbers=NUMBERS[code]),), "EUR")
    assert (told.code, told.words, told.numbers) == (code.value, WORDS[code], numbers)


def test_a_level_of_our_own_is_not_told_as_the_limit_of_the_policy() -> None:
    code = ReasonCode(code=Code.PASSES_DISAGREE, numbers={"spread": 1.2, "level": 1.0})
    (told,) = reason_views((code,), "EUR")
    assert told.numbers == "spread 1.20, usual up to 1.00, no policy limit"


def test_neighbours_are_frauds_then_legits_and_few_known_ones_have_no_percentile() -> None:
    told = alike(some_neighbours(), beside=NOON)
    assert [row.label for row in told.rows] == ["fraud"] * 3 + ["legit"] * 3
    assert (told.rows[0].source, told.rows[0].when, told.rows[0].closer_than) == (
        "chargeback",
        "22 Mar",
        "98\u202f%",
    )
    assert told.rows[-1].closer_than == ""
    assert told.nothing == ""


def test_no_neighbours_are_told_as_none() -> None:
    assert alike(None, beside=NOON).nothing == "No known payment can be compared with this one."
    nobody = alike(Nearest(frauds=(), legits=()), beside=NOON)
    assert nobody.nothing == "Of no payment before this one is the truth known yet."
    view = replace(a_view(), alike=nobody)
    assert nobody.nothing in html("review/page.html", a_review_page(view))


def test_the_sums_name_what_makes_it_unsure() -> None:
    contributions = np.zeros(len(the_model().schema.columns))
    contributions[[13, 3, -1]] = 0.5, 0.2, -0.4
    explanation = Explanation(
        evidence=-contributions, spread=contributions, evidence_gained=-0.3, spread_gained=0.3
    )
    told = sums(the_model(), explanation)
    assert (told.pulls, told.doubts) == ("\u22120.30", "V14 and V4")
    assert sums(the_model(), replace(explanation, spread=-abs(contributions))).doubts == ""
    by_amount = replace(explanation, spread=-contributions)
    assert sums(the_model(), by_amount).doubts == "Amount"


def test_a_case_without_a_score_has_nothing_to_hide() -> None:
    assert not is_blind(a_file(BLIND, score=None, reason=Reason.MODEL_UNAVAILABLE))


@pytest.mark.parametrize("evidence", [-30.0, -5.3, -1.35, 1.8, 30.0])
def test_the_scale_holds_everything_in_order(evidence: float) -> None:
    drawn = scale(a_file(score={"evidence_fraud": evidence, "interval_low": evidence - 1,
                                "interval_high": evidence + 1}), a_policy(), str)  # fmt: skip
    assert drawn is not None
    assert 0 < drawn.approve.at < drawn.decline.at < 100
    assert 0 < drawn.low < drawn.this.at < drawn.high < 100


def test_a_percentile_is_told_in_words() -> None:
    quantiles = np.arange(101.0)
    assert standing(percentile_among(-1.0, quantiles)) == "lower than all seen"
    assert standing(percentile_among(101.0, quantiles)) == "higher than all seen"
    assert standing(percentile_among(50.0, quantiles)) == "ordinary"
    assert standing(percentile_among(3.0, quantiles)) == "lower than 97\u202f%"
    assert standing(percentile_among(96.0, quantiles)) == "higher than 96\u202f%"


def test_a_value_that_many_share_stands_in_their_middle() -> None:
    assert percentile_among(0.0, np.zeros(101)) == 50


def test_a_place_on_the_bar_rises_with_the_value_and_stays_on_it() -> None:
    places = [place(value, 0.0, 10.0) for value in (-1000.0, -10.0, 0.0, 5.0, 10.0, 20.0, 1000.0)]
    assert places == sorted(places)
    assert places[0] >= 0
    assert places[-1] <= 100


@pytest.mark.parametrize(
    ("minutes", "fallback", "after"),
    [
        (3, Fallback.WAIT, "then it stays pending"),
        (3, Fallback.APPROVE, "then it is approved"),
        (-3, Fallback.APPROVE, "the client no longer waits"),
    ],
)
def test_a_deadline_says_what_comes_after_it(minutes: int, fallback: Fallback, after: str) -> None:
    view = a_view(a_file(respond_by=NOON + timedelta(minutes=minutes), fallback=fallback))
    assert view.deadline is not None
    assert view.deadline.after == after


def test_an_empty_desk_says_where_the_cases_are() -> None:
    assert a_review_page(None).elsewhere == (
        "3 cases are reserved by colleagues. 2 escalated cases are pending for a senior colleague."
        " 1 case is assigned to colleagues. 2 cases wait for the customer."
    )


def test_an_escalated_case_is_not_escalated_again() -> None:
    assert "disabled" in html(
        "review/_verdicts.html", a_review_page(a_view(a_file(state=CaseState.ESCALATED)))
    )


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/\n"]
)
def test_a_login_leads_nowhere_else(address: str) -> None:
    assert _local(address) == "/"
    assert _local("/thresholds?saved=1") == "/thresholds?saved=1"


def test_a_decision_is_told_by_whoever_made_it_in_the_words_of_its_reader() -> None:
    """Red where the model was said to do what a list did, and German rules were English ones."""
    event = Event(at=NOON, what=Happening.DECIDED, label=Label.FRAUD, rule=Reason.BLOCKED)
    by_model = replace(event, label=Label.UNKNOWN, rule=Reason.BETWEEN_BOUNDS)

    def told() -> list[str]:
        return [row.sentence for row in timeline_view([event, by_model], now=NOON).rows]

    assert told() == [
        "A list declined it: on the block list",
        "The model sent it to manual review: score in review range",
    ]
    with read_by(Reader(language=Language.GERMAN)):
        assert told() == [
            "Eine Liste lehnte sie ab: Auf der Sperrliste",
            "Das Modell gab sie zur manuellen Prüfung: Score im Prüfbereich",
        ]
