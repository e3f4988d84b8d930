"""Fitting by a recipe: it repeats, it learns, and what weighs frauds is taken back."""

import pickle
import sys
from math import log

import numpy as np
import pytest
import torch
from scipy.special import expit

from app.learning.metrics.ranking import auroc
from app.learning.teachers import NAMED_TEACHERS, LibraryMissing, light_boosted, logistic
from app.learning.training.embedding import OUTER_LIMIT, Seen, build_embedding
from app.learning.training.fitting import TrainingRows, fit_recipe, fraud_weight
from app.learning.training.recipe import (
    Distillation,
    Group,
    Network,
    Objective,
    Recipe,
    RecipeRefused,
)
from app.scoring.arrays import Floats
from app.scoring.network.mlp import HEADS
from tests.learning.training.builders import fitted, margins, of, small, some_rows, with_objective

EMBEDDINGS = ("clamped", "signed_log", "piecewise_linear", "periodic")


def auroc_of(recipe: Recipe) -> float:
    """Return how well rows never seen are told apart; the best possible is about .993."""
    fit, fresh = fitted(some_rows(), recipe), some_rows(seed=1)
    return auroc(margins(fit, fresh.raw), fresh.is_fraud, fresh.weights)


def seen(raw: Floats, rows: TrainingRows) -> Seen:
    return Seen(vectors=raw, is_fraud=rows.is_fraud)


def weights_of(recipe: Recipe, *, seed: int) -> torch.Tensor:
    state = fitted(some_rows(rows=400), recipe, seed=seed).network.state_dict()
    return torch.cat([tensor.flatten().double() for tensor in state.values()])


@pytest.mark.parametrize(
    "group",
    [
        small(epochs=2, members=2),
        small(epochs=2, members=2, bootstrap=True, embedding=EMBEDDINGS),
        small(epochs=2, objective=Objective(mixup=0.3, outlier_exposure=0.2)),
    ],
    ids=["plain", "bootstrap", "made up"],
)
def test_the_same_seed_gives_the_same_weights_and_another_others(group: Group) -> None:
    one, again, other = (weights_of(of(group), seed=seed) for seed in (3, 3, 4))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_fitting_leaves_the_callers_randomness_alone() -> None:
    """Torch's, and numpy's old global one, which the libraries of teachers might reach for."""
    torch.manual_seed(7)
    np.random.seed(7)  # noqa: NPY002  # the global state is what must not move
    torch_before = torch.random.get_rng_state()
    numpy_before = np.random.get_state(legacy=False)  # noqa: NPY002
    fitted(some_rows(rows=400), with_objective(mixup=0.3, outlier_exposure=0.2))
    assert torch.equal(torch.random.get_rng_state(), torch_before)
    assert repr(np.random.get_state(legacy=False)) == repr(numpy_before)  # noqa: NPY002


def test_a_fitted_network_is_ready_to_score() -> None:
    rows = some_rows(rows=400)
    recipe = of(
        small(epochs=2, members=2, embedding=("clamped", "signed_log")),
        small(epochs=1, embedding=("signed_log", "periodic")),
    )
    fit = fitted(rows, recipe)
    assert not fit.network.training
    assert fit.network.members == 3
    assert {each.dtype for each in fit.network.parameters()} == {torch.float64}
    assert not any(each.requires_grad for each in fit.network.parameters())
    assert fit.member_margins(fit.standardised(rows.raw)).shape == (400, 3)
    assert fit.standardised(rows.raw).mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)


def test_logit_norm_runs_though_one_logit_gives_it_no_slope() -> None:
    rows = some_rows(rows=400)
    fit = fitted(rows, with_objective(loss="logit_norm"))
    assert np.isfinite(margins(fit, rows.raw)).all()


def test_the_watch_is_told_group_epoch_and_loss() -> None:
    told: list[tuple[int, int, float]] = []

    def watch(group: int, epoch: int, loss: float) -> None:
        told.append((group, epoch, loss))

    fit_recipe(some_rows(), of(small(epochs=3), small(epochs=2)), seed=0, device="cpu", watch=watch)
    assert [each[:2] for each in told] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    assert told[2][2] < told[0][2]


def test_two_groups_of_waves_say_what_each_says_alone() -> None:
    """Each group draws frequencies of its own; joined, none may hear with another's."""
    rows = some_rows(rows=400)
    waves = small(epochs=2, embedding=("periodic",))
    joined, alone = fitted(rows, of(waves, waves)), fitted(rows, of(waves))
    together = joined.member_margins(joined.standardised(rows.raw))
    assert together[:, 0] == pytest.approx(margins(alone, rows.raw), abs=1e-12)
    assert auroc(together[:, 1], rows.is_fraud, rows.weights) > 0.9


def test_members_differ_in_their_start_and_with_bootstrap_in_their_rows() -> None:
    rows = some_rows(rows=400)
    for bootstrap in (False, True):
        fit = fitted(rows, of(small(epochs=2, members=3, bootstrap=bootstrap)))
        said = fit.member_margins(fit.standardised(rows.raw))
        assert min(np.abs(said[:, one] - said[:, other]).max() for one, other in [(0, 1), (0, 2), (1, 2)]) > 0


@pytest.mark.parametrize("head", sorted(HEADS))
def test_every_head_learns(head: str) -> None:
    assert auroc_of(of(small(head=head))) > 0.95


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_every_embedding_learns(embedding: str) -> None:
    assert auroc_of(of(small(embedding=(embedding,)))) > 0.95


@pytest.mark.parametrize(
    "objective",
    [
        {"loss": "focal"},
        {"loss": "inverse_focal"},
        {"mixup": 0.3},
        {"label_smoothing": 0.1},
        {"outlier_exposure": 0.3},
        {"auxiliary": "soft_binned_ece"},
        {"auxiliary": "avuc"},
        {"fraud_weight": 20.0},
        {"class_balance": 0.999},
    ],
    ids=lambda objective: "-".join(map(str, objective.values())),
)
def test_every_objective_learns(objective: dict[str, object]) -> None:
    assert auroc_of(with_objective(**objective)) > 0.9


def test_smote_and_bootstrap_learn() -> None:
    assert auroc_of(of(small(bootstrap=True))) > 0.95
    pytest.importorskip("imblearn")
    rows, fresh = some_rows(frauds=60), some_rows(seed=1)
    fit = fitted(rows, with_objective(oversampling="smote"))
    assert auroc(margins(fit, fresh.raw), fresh.is_fraud, fresh.weights) > 0.9


def test_class_balance_weighs_as_cui_and_others_2019() -> None:
    """The ratio of this very data at beta = .9999: (1 - beta^n0) / (1 - beta^n1)."""
    is_fraud = np.arange(227_451 + 394) < 394
    assert fraud_weight(Objective(class_balance=0.9999), is_fraud) == pytest.approx(25.9, abs=0.05)
    assert fraud_weight(Objective(class_balance=0.999), is_fraud) == pytest.approx(3.1, abs=0.05)
    assert fraud_weight(Objective(fraud_weight=7.0), is_fraud) == 7.0


def test_the_weight_of_frauds_is_taken_back() -> None:
    """On rows that nobody can tell apart, the probability is the base rate, whatever the weight."""
    rows = some_rows(rows=4000, frauds=400, shift=0.0)
    for weight in (1.0, 5.0):
        group = small(epochs=4, objective=Objective(fraud_weight=weight))
        told = expit(margins(fitted(rows, of(group)), rows.raw))
        assert told.mean() == pytest.approx(0.1, abs=0.02)


def test_weights_of_rows_make_the_probability_that_of_the_population() -> None:
    rows = some_rows(rows=4000, frauds=400, shift=0.0)
    thinned = TrainingRows(raw=rows.raw, is_fraud=rows.is_fraud, weights=np.where(rows.is_fraud, 1.0, 10.0))
    told = margins(fitted(thinned, of(small(epochs=4))), rows.raw)
    assert told.mean() == pytest.approx(log(400 / 36_000), abs=0.25)


def test_students_learn_what_their_teacher_says() -> None:
    pytest.importorskip("xgboost")
    rows, fresh = some_rows(rows=800), some_rows(rows=800, seed=1)
    teacher = NAMED_TEACHERS["xgboost"](rows.raw, rows.is_fraud, rows.weights, 1)
    # The teacher is fitted from the group's own seed: 1000 times the recipe's plus the group's number.
    plan = Distillation(teacher="xgboost", made_up_per_row=4)
    taught = fitted(rows, of(small(epochs=12, distillation=plan)))
    apart = margins(taught, fresh.raw) - teacher(fresh.raw)
    assert np.sqrt(np.mean(apart**2)) < 0.5 * teacher(fresh.raw).std()
    assert np.corrcoef(margins(taught, fresh.raw), teacher(fresh.raw))[0, 1] > 0.9


def test_a_line_is_learned_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMED_TEACHERS, "line", logistic)
    rows = some_rows()
    teacher = logistic(rows.raw, rows.is_fraud, rows.weights, 0)
    taught = fitted(rows, of(small(epochs=6, distillation=Distillation(teacher="line"))))
    assert np.corrcoef(margins(taught, rows.raw), teacher(rows.raw))[0, 1] > 0.99


def test_lightgbm_teaches_too() -> None:
    pytest.importorskip("lightgbm")
    rows = some_rows(rows=400)
    told = light_boosted(rows.raw, rows.is_fraud, rows.weights, 0)(rows.raw)
    assert auroc(told, rows.is_fraud, rows.weights) > 0.99


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(LibraryMissing, match=r"xgboost is not installed.*tertium\[compare\]"):
        fitted(some_rows(rows=100), of(small(distillation=Distillation())))


def test_it_says_so_also_from_another_process() -> None:
    missing = LibraryMissing("xgboost")
    again = pickle.loads(pickle.dumps(missing))  # noqa: S301  # what a process pool does
    assert str(again) == str(missing)


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        (with_objective(loss="hinge"), "no loss is called 'hinge'"),
        (with_objective(auxiliary="luck"), "no auxiliary loss is called 'luck'"),
        (with_objective(oversampling="adasyn"), "no oversampling is called 'adasyn'"),
        (of(small(embedding=("hashed",))), "no embedding is called 'hashed'"),
        (of(small(distillation=Distillation(teacher="oracle"))), "no teacher is called 'oracle'"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(recipe: Recipe, sentence: str) -> None:
    with pytest.raises(RecipeRefused, match=sentence):
        fitted(some_rows(rows=300), recipe)


def test_the_outer_limit_is_the_clamp_where_nothing_else_is_seen() -> None:
    rows = some_rows()
    for kinds, limit in ((("clamped",), 3.0), (("clamped", "signed_log"), OUTER_LIMIT)):
        network = Network(embedding=kinds, clamp=3.0)
        assert build_embedding(seen(rows.raw, rows), network, seed=0).limit == limit


def test_edges_rise_also_where_a_column_has_few_values() -> None:
    rows = some_rows()
    raw = rows.raw.round()
    raw[:, 3] = rows.is_fraud
    embedding = build_embedding(seen(raw, rows), Network(embedding=("piecewise_linear",)), seed=0)
    told = embedding(torch.from_numpy(raw))
    assert torch.isfinite(told).all()
    assert told.abs().max() <= 1


def test_a_column_is_cut_where_a_tree_would_part_frauds_and_nowhere_else() -> None:
    generator = np.random.default_rng(0)
    raw = generator.normal(size=(6_000, 2))
    is_fraud = (raw[:, 0] > 1.5) & (generator.random(6_000) < 0.5)
    rows = Seen(vectors=raw, is_fraud=is_fraud)
    pieces = build_embedding(rows, Network(embedding=("tree_pieces",), bins=2), seed=0).parts[0]
    columns, low = pieces.get_buffer("column_of_bin"), pieces.get_buffer("low")
    assert columns.tolist() == [0, 0], "the second column parts nothing"
    assert low[1].item() == pytest.approx(1.5, abs=0.02)
    told = pieces(torch.from_numpy(raw))
    assert told.shape == (6_000, 2)
    assert told.abs().max() <= 1


def test_where_no_column_parts_anything_there_are_no_pieces() -> None:
    rows = some_rows()
    noise = np.random.default_rng(1).normal(size=rows.raw.shape)
    embedding = build_embedding(seen(noise, rows), Network(embedding=("clamped", "tree_pieces")), seed=0)
    assert embedding(torch.from_numpy(noise)).shape == noise.shape
