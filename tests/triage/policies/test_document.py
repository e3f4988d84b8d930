"""A policy survives its document, and a document that means nothing names the field."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given

from app.triage.policies.document import digest_of, document_of, policy_of
from app.triage.policies.policy import Policy
from app.triage.refusal import PolicyImpossible
from tests.triage.builders import a_policy
from tests.triage.test_deciding import policies


@given(policies())
def test_a_policy_comes_back_from_its_document(policy: Policy) -> None:
    assert policy_of(document_of(policy)) == policy
    assert policy_of(json.loads(json.dumps(document_of(policy)))) == policy


def test_a_hand_written_file_needs_only_the_bounds() -> None:
    text = """
    model_version = "a-model"
    approve_at_most = -3
    decline_at_least = 2.0
    [[bands]]
    amount_from = 500
    approve_at_most = -6
    decline_at_least = 1
    """
    policy = policy_of(tomllib.loads(text))
    assert policy.base_bounds == a_policy().base_bounds
    assert (policy.costs, policy.spread_at_most) == (a_policy().costs, None)
    assert policy.bands[0].bounds.approve_at_most == -6.0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("model_version", {"model_version": ""}),
        ("approve_at_most", {"approve_at_most": None}),
        ("approve_at_most", {"approve_at_most": "low"}),
        ("decline_at_least", {"decline_at_least": True}),
        ("decline_at_least", {"decline_at_least": 10**400}),
        ("aprove", {"aprove": 1.0}),
        ("deadline_fallback", {"deadline_fallback": "pray"}),
        ("costs", {"costs": 3}),
        ("costs.review", {"costs": {}}),
        ("costs.review", {"costs": {**document_of(a_policy())["costs"], "review": -1}}),
        ("costs.price", {"costs": {"price": 1}}),
        ("staffing.analysts", {"staffing": {**document_of(a_policy())["staffing"], "analysts": 2.5}}),
        ("staffing.opens_hour", {"staffing": {**document_of(a_policy())["staffing"], "opens_hour": 25}}),
        ("bands", {"bands": "many"}),
        ("bands.0", {"bands": [3]}),
        ("bands.0.approve_at_most", {"bands": [{"amount_from": 5}]}),
        ("bands.0.from", {"bands": [{"from": 5}]}),
        (
            "bands.1.amount_from",
            {"bands": [{"amount_from": 5, "approve_at_most": 0, "decline_at_least": 1}] * 2},
        ),
    ],
)
def test_a_document_that_means_nothing_names_the_field(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(PolicyImpossible) as refused:
        policy_of(document_of(a_policy()) | changes)
    assert refused.value.field == field


def test_a_document_of_an_earlier_release_means_what_it_meant() -> None:
    """What was signed or written with a former name is read; what goes out has today's."""
    former = document_of(a_policy(urgency_tau_minutes=45.0))
    former["patience_minutes"] = former.pop("urgency_tau_minutes")
    policy = policy_of(former)
    assert policy == a_policy(urgency_tau_minutes=45.0)
    assert document_of(policy)["urgency_tau_minutes"] == 45.0
    assert "patience_minutes" not in document_of(policy)
    assert digest_of(policy) == digest_of(a_policy(urgency_tau_minutes=45.0))


def test_a_value_under_both_of_its_names_is_refused() -> None:
    with pytest.raises(PolicyImpossible, match="former name of urgency_tau_minutes") as refused:
        policy_of(document_of(a_policy()) | {"patience_minutes": 45.0})
    assert refused.value.field == "patience_minutes"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"novelty_at_most": 120}, "novelty_at_most must be from 0 to 100, not 120"),
        ({"urgency_tau_minutes": 0.5}, "urgency_tau_minutes must be from 1 to 1000000000000, not 0.5"),
        ({"approve_at_most": -2e12}, "must be from -1000000000000 to 1000000000000, not -2000000000000"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_range(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PolicyImpossible, match=sentence):
        policy_of(document_of(a_policy()) | changes)
