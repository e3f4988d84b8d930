import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.datasets import DatasetRefused, load_generator, read_transactions, save_generator
from app.learning.generator import Generator, Mixture
from app.learning.generator_fitting import ROWS_PER_COLUMN, TooFewRows, fit_generator, fit_mixture, shrunk
from app.scoring.arrays import Floats

NAMES = ("V1", "V2", "V3")
SHIPPED = Path(__file__).parents[2] / "models" / "demo"
SAMPLE = Path(os.environ.get("TERTIUM_DATA") or "../shared/data/creditcard-sample.csv")


def made_up(rows: int = 4000, frauds: int = 400) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return correlated features, amounts and classes; frauds lie elsewhere."""
    rng = np.random.default_rng(0)
    classes = np.arange(rows) < frauds
    features = rng.normal(size=(rows, 3)) @ np.array([[1, 0.8, 0], [0, 1, 0], [0, 0, 3.0]])
    return features + 3.0 * classes[:, None], np.round(rng.exponential(60, rows), 2), classes


def a_generator() -> Generator:
    return fit_generator(NAMES, *made_up(), legit_components=3, fraud_components=2, seed=1)


def test_the_same_rng_draws_the_same() -> None:
    generator = a_generator()
    first, second = (generator.sample(200, fraud_share=0.1, rng=np.random.default_rng(5)) for _ in range(2))
    assert (first.features == second.features).all()
    assert (first.amounts == second.amounts).all()
    assert (first.classes == second.classes).all()


def test_the_same_seed_fits_the_same() -> None:
    assert (a_generator().legit.factors == a_generator().legit.factors).all()


def test_draws_have_the_moments_of_the_mixture_and_the_mixture_those_of_the_data() -> None:
    features, amounts, classes = made_up()
    raw = np.column_stack([features, np.log1p(amounts)])
    generator = a_generator()
    for mixture, rows in ((generator.legit, raw[~classes]), (generator.fraud, raw[classes])):
        drawn = mixture.sample(200_000, np.random.default_rng(0))
        scale = rows.std(axis=0)
        assert np.abs((drawn.mean(axis=0) - mixture.mean) / scale).max() < 0.02
        assert np.abs((np.cov(drawn.T) - mixture.covariance) / np.outer(scale, scale)).max() < 0.03
        assert np.abs((mixture.mean - rows.mean(axis=0)) / scale).max() < 0.02
        assert np.abs((mixture.covariance - np.cov(rows.T)) / np.outer(scale, scale)).max() < 0.1


def test_draws_stay_inside_what_was_observed_and_are_finite() -> None:
    features, amounts, _ = made_up()
    drawn = a_generator().sample(50_000, fraud_share=0.5, rng=np.random.default_rng(0))
    assert np.isfinite(drawn.features).all()
    assert (drawn.features >= features.min(axis=0)).all()
    assert (drawn.features <= features.max(axis=0)).all()
    assert amounts.min() <= drawn.amounts.min()
    assert drawn.amounts.max() <= amounts.max()


def test_frauds_come_in_the_share_asked_for() -> None:
    generator = a_generator()
    assert generator.sample(
        50_000, fraud_share=0.03, rng=np.random.default_rng(0)
    ).classes.mean() == pytest.approx(0.03, abs=0.004)
    assert not generator.sample(100, fraud_share=0.0, rng=np.random.default_rng(0)).classes.any()
    assert generator.sample(0, fraud_share=0.5, rng=np.random.default_rng(0)).features.shape == (0, 3)


def test_no_component_stands_on_a_handful_of_rows() -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(size=(300, 4)), rng.normal(20, 0.1, size=(3, 4))])
    mixture = fit_mixture(rows, components=4, seed=0)
    assert mixture.weights.min() * len(rows) >= ROWS_PER_COLUMN * 4
    with pytest.raises(TooFewRows, match="8 rows"):
        fit_mixture(rows[:7], components=4, seed=0)


def test_few_rows_lose_their_correlations_and_keep_their_variances() -> None:
    covariance = np.array([[[1.0, 0.9], [0.9, 1.0]]])
    few, many = (shrunk(covariance, np.array([rows]))[0] for rows in (4.0, 4000.0))
    assert few[0, 1] == pytest.approx(0.6)
    assert many[0, 1] == pytest.approx(0.9, abs=0.001)
    assert few[0, 0] == many[0, 0] == 1


def test_a_mixture_of_contradicting_shapes_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="one shape each"):
        Mixture(weights=np.ones(2), means=np.zeros((1, 3)), factors=np.eye(3)[None])


def test_a_saved_generator_draws_the_same_and_an_altered_one_is_refused(tmp_path: Path) -> None:
    generator = a_generator()
    save_generator(tmp_path / "demo", generator, {"seed": 1})
    loaded = load_generator(tmp_path / "demo")
    first, second = (
        each.sample(50, fraud_share=0.5, rng=np.random.default_rng(0)) for each in (generator, loaded)
    )
    assert (first.features == second.features).all()
    tensors = tmp_path / "demo" / "generator.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:-1] + b"!")
    with pytest.raises(DatasetRefused, match="sha256 differs"):
        load_generator(tmp_path / "demo")
    with pytest.raises(DatasetRefused, match="there is no generator"):
        load_generator(tmp_path / "elsewhere")


def test_the_shipped_generator_holds_no_row_of_the_sample() -> None:
    if not SAMPLE.exists():
        pytest.skip(f"the data sample is not at {SAMPLE}")
    file = read_transactions(SAMPLE)
    assert file.classes is not None
    generator = load_generator(SHIPPED)
    rows = np.column_stack([file.features, np.log1p(file.amounts)])
    scale = rows.std(axis=0)
    for mixture, of_class in ((generator.legit, ~file.classes), (generator.fraud, file.classes)):
        assert mixture.weights.min() * of_class.sum() >= ROWS_PER_COLUMN * rows.shape[1]
        # In squared standard deviations: the nearest row is at least as far as a single column may be.
        for mean in mixture.means:
            assert (((rows[of_class] - mean) / scale) ** 2).sum(axis=1).min() > 0.1
    for limit in (generator.lowest, generator.highest):
        assert not (file.features == limit[:-1]).any()
    drawn = generator.sample(20_000, fraud_share=0.5, rng=np.random.default_rng(0))
    known = {row.tobytes() for row in np.round(file.features, 4) + 0.0}
    assert not any(row.tobytes() in known for row in np.round(drawn.features, 4) + 0.0)
