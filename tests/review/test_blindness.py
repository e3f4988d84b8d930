"""Which cases are judged blind: some always, some never, and the rest as chance drew them."""

from itertools import product

import pytest

from app.review.blindness import blind_probability, chance_decides, is_blind
from app.review.case import CaseKind
from app.triage.labels import Label

ALL = list(product(CaseKind, Label, (True, False)))


@pytest.mark.parametrize(("kind", "label", "has_score"), ALL)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_the_share_of_blind_reviews_counts_only_where_chance_decides(
    kind: CaseKind, label: Label, has_score: bool, share: float
) -> None:
    probability = blind_probability(kind, label, has_score=has_score, share=share)
    if chance_decides(kind, label, has_score=has_score):
        assert probability == share
    else:
        assert probability == is_blind(kind, label, has_score=has_score, drawn=None)


@pytest.mark.parametrize(("kind", "label", "has_score"), ALL)
def test_a_draw_changes_only_what_chance_decides_and_hides_what_it_has_not_drawn(
    kind: CaseKind, label: Label, has_score: bool
) -> None:
    found = [is_blind(kind, label, has_score=has_score, drawn=drawn) for drawn in (True, None, False)]
    if chance_decides(kind, label, has_score=has_score):
        assert found == [True, True, False]
    else:
        assert len(set(found)) == 1


def test_chance_decides_of_ordinary_unknowns_with_a_score_alone() -> None:
    decided = [each for each in ALL if chance_decides(each[0], each[1], has_score=each[2])]
    assert decided == [(CaseKind.UNKNOWN, Label.UNKNOWN, True)]
    assert is_blind(CaseKind.AUDIT, Label.LEGIT, has_score=False, drawn=False)
    assert not is_blind(CaseKind.GOLD, Label.UNKNOWN, has_score=False, drawn=True)
