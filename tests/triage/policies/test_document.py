"""A policy survives its document, and a document that means nothing names the field."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given

from app.triage.policies.document import document_of, policy_of
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
