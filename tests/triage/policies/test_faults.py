"""Everything that is wrong with a policy's document is told at once."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.triage.policies.document import document_of
from app.triage.policies.faults import faults_of
from app.triage.policies.policy import Policy
from tests.triage.builders import a_policy
from tests.triage.test_deciding import policies

WRONG: dict[str, Any] = {
    "model_version": 7,
    "approve_at_most": "low",
    "decline_at_least": date(2026, 1, 1),
    "novelty_at_most": 120,
    "deadline_fallback": "maybe",
    "colour": 3,
}


def fields(document: dict[str, Any]) -> set[str]:
    return {fault.field for fault in faults_of(document)}


@given(policies())
def test_a_policys_document_has_no_faults(policy: Policy) -> None:
    assert faults_of(document_of(policy)) == ()


@given(st.sets(st.sampled_from(sorted(WRONG))))
def test_every_wrong_field_is_named_whatever_else_is_wrong(wrong: set[str]) -> None:
    assert fields(document_of(a_policy()) | {name: WRONG[name] for name in wrong}) == wrong


def test_fields_of_parts_and_missing_ones_are_named_too() -> None:
    document = document_of(a_policy())
    del document["model_version"]
    document["costs"] |= {"reveiw": 1, "friction": "much"}
    document["staffing"] |= {"analysts": 1.5}
    assert fields(document) == {"model_version", "costs.reveiw", "costs.friction", "staffing.analysts"}


def test_a_document_that_was_looked_at_is_left_as_it_was() -> None:
    document = document_of(a_policy()) | WRONG
    document["costs"]["reveiw"] = 1
    faults_of(document)
    assert document["costs"]["reveiw"] == 1
    assert "colour" in document
