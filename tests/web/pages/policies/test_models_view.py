"""What the page of models says of each: its standing, its card, its schema."""

from typing import Any

import pytest

from app.database.policies.models import Standing
from app.scoring.schema.history import History
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema
from app.triage.policies.state import PolicyState
from app.web.pages.policies.models.card import figure_rows, figures_basis, limits_of, training_facts
from app.web.pages.policies.models.reads import reads_of
from app.web.pages.policies.models.view import model_view
from tests.web.pages.builders import the_model
from tests.web.pages.policies.models_builders import REFUSAL, a_standing, an_installed

WITHDRAWN = a_standing(PolicyState.RETIRED, is_signed=False)
RETIRED = a_standing(PolicyState.RETIRED)


@pytest.mark.parametrize(
    ("standings", "state", "may_draft"),
    [
        ((), "not used", True),
        ((WITHDRAWN,), "not used", True),
        ((RETIRED,), "retired", True),
        ((a_standing(PolicyState.DRAFT, is_signed=False),), "waits for approval", False),
        ((a_standing(PolicyState.SCHEDULED), RETIRED), "waits for approval", False),
        ((a_standing(PolicyState.SIMULATED), a_standing(PolicyState.SHADOW)), "in shadow", False),
        ((a_standing(PolicyState.SHADOW), a_standing(PolicyState.ACTIVE), RETIRED), "active", False),
    ],
)
def test_a_model_stands_where_the_foremost_of_its_policies_does(
    standings: tuple[Standing, ...], state: str, may_draft: bool
) -> None:
    view = model_view(an_installed(*standings), may_tune=True)
    assert (view.state, view.may_draft) == (state, may_draft)
    assert not model_view(an_installed(*standings), may_tune=False).may_draft


def test_a_model_that_cannot_be_loaded_says_why_and_is_not_drafted() -> None:
    view = model_view(an_installed(refusal=REFUSAL), may_tune=True)
    assert (view.state, view.loaded, view.may_draft) == ("damaged", None, False)
    assert view.refusal.startswith("Model 2026-05-02a: model.safetensors is not the file")
    assert view.refusal.endswith("differs).")


def test_the_card_is_told_with_its_units_and_intervals() -> None:
    card = the_model().card
    told = {each.name: each.value for each in training_facts(card, "2026-11-24a")}
    assert told["Trained"] == "24 Nov 2026"
    assert told["Data file"] == "creditcard-sample.csv"
    assert told["Frauds"] == "351"
    assert told["Legits"] == "39\u202f390, each stands for 5.41 payments"
    assert told["Base rate"] == "0.167\u202f% of all payments are fraud"
    of_a_file = {
        each.name: each.value for each in training_facts(card | {"base_rate": 0.00644638}, "2026-11-24a")
    }
    assert of_a_file["Base rate"] == "0.645\u202f% of all payments are fraud"
    assert told["Recipe"].startswith("narrow and taught: For each fold")
    first = figure_rows(card)[0]
    assert (first.name, first.value, first.interval) == ("Average precision", "0.834", "0.793 to 0.875")
    assert [each.name for each in figure_rows(card)][1] == "AUROC"
    assert figures_basis(card).startswith(
        "Measured on 351 frauds and 39\u202f390 legits, each scored by the networks"
    )
    assert all(each.endswith(".") for each in limits_of(card))


def test_a_model_of_a_teams_own_payments_names_its_different_frauds() -> None:
    card = {
        "data": {"file": "ours.csv", "frauds": 120, "different_frauds": 97, "legits": 5, "legit_weight": 1}
    }
    told = {each.name: each.value for each in training_facts(card, "spring")}
    assert told == {"Data file": "ours.csv", "Frauds": "120, 97 of them different", "Legits": "5"}


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"data": [], "metrics": 3, "training": None, "limits": "none", "base_rate": "x", "source": 1},
        {"metrics": {"calibration": {"ap": {"low": 0.1}, "auroc": 0.9, "frauds": True}}, "limits": [1, ""]},
    ],
)
def test_what_a_card_leaves_out_is_left_out(card: dict[str, Any]) -> None:
    assert training_facts(card, "no-date") == ()
    assert (figure_rows(card), figures_basis(card), limits_of(card)) == ((), "", ())


def test_the_schema_names_every_feature_with_kind_and_range() -> None:
    view = model_view(an_installed(), may_tune=False)
    assert view.loaded is not None
    schema = view.loaded.schema
    assert [each.name for each in schema.features] == list(the_model().schema.names)
    assert {each.kind for each in schema.features} == {"numeric"}
    assert {each.accepted for each in schema.features} == {"\u22121\u202f000\u202f000 to 1\u202f000\u202f000"}
    assert schema.currencies == "EUR"


def test_what_is_read_beside_the_features_is_said() -> None:
    assert tuple(reads_of(the_model().schema.described)) == ()
    schema = Schema(
        name="shop",
        features=(),
        payment=PaymentColumns(
            time="at",
            zone="Europe/Vienna",
            read_of_time=("hour", "weekday"),
            amount="total",
            read_of_amount=("ending",),
        ),
        label=LabelColumn(column="fraud", delay_days=7),
        entities={"card": "card", "terminal": "terminal"},
        history=(History(entity="card"), History(entity="terminal", partners=("card",), fraud_share=True)),
    )
    assert tuple(reads_of(schema)) == (
        "Of the moment it reads: hour, weekday (clocks of Europe/Vienna).",
        "Of the amount it reads which two digits it ends in, too.",
        "Of history it reads what the card of a payment did before.",
        (
            "Of history it reads what the terminal of a payment did before, how many different values of"
            " card it met, its frauds, known 7 days later."
        ),
    )
