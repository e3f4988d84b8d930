"""The grounds of a case: from the model, from the known payments, and without either."""

from dataclasses import replace
from typing import Any

import pytest

from app.database.cases.cases import CaseFile
from app.review.reason_codes import Code
from app.workflows.cases.explanations import CaseExplanation
from tests.builders import ALL_UNKNOWN, FOREIGN, SilentScorer, WordlessScorer, a_case, put_scorer, with_policy
from tests.service import Service

ODD = {"V14": -6.0, "V10": -4.0}


async def grounds(service: Service, file: CaseFile) -> CaseExplanation:
    return await service.services.cases.explanations.grounds(file, service.services.models.serving.pair)


def codes(found: CaseExplanation) -> set[Code]:
    return {each.code for each in found.codes}


async def test_an_odd_payment_is_explained_and_its_codes_carry_their_numbers(service: Service) -> None:
    await with_policy(service, **ALL_UNKNOWN, spread_at_most=0.0, novelty_at_most=None)
    file = await a_case(service, features=ODD, amount="9000.00")
    found = await grounds(service, file)
    assert found.explanation is not None
    assert file.score is not None
    gained = found.explanation.evidence_gained
    assert abs(gained - found.explanation.evidence.sum()) <= 0.02 + 0.01 * abs(gained)
    numbers = {each.code: each.numbers for each in found.codes}
    assert numbers[Code.PASSES_DISAGREE] == {"spread": file.score["spread"], "limit": 0.0}
    assert numbers[Code.EXTREME_FEATURES]["V14"] < 2
    assert Code.RANDOM_AUDIT not in numbers


async def test_an_ordinary_payment_between_the_bounds_has_only_that_to_say(service: Service) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    # The shipped ensemble may disagree with itself about it, too; nothing else speaks.
    assert codes(await grounds(service, await a_case(service))) - {Code.PASSES_DISAGREE} == {
        Code.BETWEEN_BOUNDS
    }


async def test_an_unscored_case_has_no_contributions(service: Service) -> None:
    found = await grounds(service, await a_case(service, features=ODD, currency=FOREIGN))
    assert found.explanation is None
    assert found.nearest is None
    assert codes(found) == set()


@pytest.mark.parametrize("kind", [WordlessScorer, SilentScorer])
async def test_without_words_of_the_model_the_rest_is_said(service: Service, kind: type[Any]) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    file = await a_case(service, amount="9000.00")
    put_scorer(service, kind)
    if kind is SilentScorer:
        await service.post(service.body())
        assert not service.services.models.scorer.is_available
    found = await grounds(service, file)
    assert found.explanation is None
    assert Code.UNUSUAL_AMOUNT in codes(found)


async def test_a_case_with_another_models_features_has_only_its_exposure(service: Service) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    file = await a_case(service, amount="90000.00")
    stranger = replace(file, features={"speed": 1.0}, model_version="older", expected_loss=500.0)
    found = await grounds(service, stranger)
    assert (found.explanation, found.nearest) == (None, None)
    assert codes(found) == {Code.HIGH_EXPOSURE}
