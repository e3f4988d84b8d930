"""Model folders: written whole, checked at load, refused in one sentence."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from app.artifacts import (
    ArtifactRefused,
    Package,
    add_feed,
    calibration_part,
    list_models,
    load_model,
    newest_model,
    next_version,
    read_feed,
    save_model,
)
from app.datasets import load_generator
from app.learning.calibrating import FITS
from app.learning.feed_reference import fit_feed_reference
from app.learning.learn import Learned, learn
from app.scoring.feed.reference import FeedReference
from app.scoring.network.masks import masks_sha256
from tests.learning.builders import a_plan, made_up_transactions, nobody_watches
from tests.models import MODELS, shipped_under

SHIPPED = Path(__file__).parent.parent / "models"
VERSION = "2026-01-01a"
FILES = ("card.json", "model.safetensors", "policy.json", "calibration.safetensors")


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(made_up_transactions(), a_plan(version=VERSION), watch=nobody_watches)


@pytest.fixture
def folder(learned: Learned, tmp_path: Path) -> Path:
    return save_model(tmp_path, a_package(learned))


def a_package(learned: Learned) -> Package:
    return Package(
        version=learned.policy.model_version,
        network=learned.network,
        masks=learned.masks,
        scorer=learned.scorer,
        legit_quantiles=learned.legit_quantiles,
        base_rate=0.05,
        fitted_rows=learned.fitted_rows,
        fitted_folds=learned.fitted_folds,
        policy=learned.policy,
        certificate=learned.certificate,
        policy_reason=learned.reason,
        calibration=calibration_part(
            learned.calibration.scores,
            learned.calibration.is_fraud,
            rows_sha256=learned.certificate.rows_sha256,
            folds=learned.calibration.folds,
        ),
        feed=None,
        facts=learned.facts,
    )


def with_card(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "card.json"
    card = json.loads(path.read_text())
    change(card)
    path.write_text(json.dumps(card))


def with_tensors(
    folder: Path, change: Callable[[dict[str, Any]], object], *, name: str = "model.safetensors"
) -> None:
    """Change tensors and the card's fingerprint with them, as a careful forger would."""
    path = folder / name
    tensors = {name: tensor.copy() for name, tensor in safetensors.numpy.load_file(path).items()}
    change(tensors)
    safetensors.numpy.save_file(tensors, path)
    fingerprint = sha256(path.read_bytes()).hexdigest()
    with_card(folder, lambda card: card["files"].update({name: fingerprint}))


def test_a_loaded_model_scores_as_the_one_that_was_saved(learned: Learned, folder: Path) -> None:
    model = load_model(folder, device="cpu")
    vectors = np.random.default_rng(5).normal(scale=3, size=(200, 4))
    before, after = learned.scorer.score(vectors), model.scorer.score(vectors)
    for name in ("evidence_fraud", "spread", "probability", "entropy", "novelty"):
        assert np.array_equal(getattr(before, name), getattr(after, name)), name
    one, other = learned.scorer.explain(vectors[0]), model.scorer.explain(vectors[0])
    assert np.array_equal(one.evidence, other.evidence)


def test_a_loaded_model_carries_its_first_policy_and_promise(learned: Learned, folder: Path) -> None:
    model = load_model(folder, device="auto")
    assert (model.version, model.base_rate) == (VERSION, 0.05)
    assert (model.policy, model.certificate) == (learned.policy, learned.certificate)
    assert model.policy_reason == learned.reason
    assert model.schema.names == ("V1", "V2", "V3")
    assert np.array_equal(model.legit_quantiles, learned.legit_quantiles)
    assert model.sha256 == sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert model.card["masks_sha256"] == masks_sha256(learned.masks)


def test_a_loaded_model_carries_the_scores_of_its_calibration_part(learned: Learned, folder: Path) -> None:
    part = load_model(folder, device="cpu").calibration
    assert part is not None
    scored = learned.calibration
    kept = scored.is_fraud | (scored.scores.evidence_fraud >= part.legit_floor)
    assert np.array_equal(part.is_fraud, scored.is_fraud[kept])
    assert part.legits == (~scored.is_fraud).sum()
    assert part.rows_sha256 == learned.certificate.rows_sha256
    for name in ("evidence_fraud", "margin", "spread", "mutual_information", "probability", "novelty"):
        assert np.array_equal(getattr(part.scores, name), getattr(scored.scores, name)[kept]), name
    assert part.scores.evidence_legit is None
    assert np.isnan(part.scores.entropy).all()


def some_feed() -> FeedReference:
    generator = load_generator(MODELS / "demo")
    drawn = generator.sample(2_000, fraud_share=0.01, rng=np.random.default_rng(0))
    return fit_feed_reference(generator.names, drawn.features, drawn.amounts, np.ones(2_000))


def test_a_version_without_a_feed_reference_gets_one_once_and_scores_as_before(tmp_path: Path) -> None:
    folder = shipped_under(tmp_path, "old") / "old"
    (folder / "feed.safetensors").unlink()
    with_card(folder, lambda card: card["files"].pop("feed.safetensors"))
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "card.json"}
    assert load_model(folder, device="cpu").feed is None
    assert read_feed(folder) is None
    reference = some_feed()
    fingerprint = add_feed(folder, reference)
    assert add_feed(folder, reference) == fingerprint
    with pytest.raises(ArtifactRefused):
        add_feed(folder, replace(reference, means=reference.means + 1))
    held = load_model(folder, device="cpu").feed
    assert held is not None
    for field in fields(FeedReference):
        assert np.array_equal(getattr(held, field.name), getattr(reference, field.name)), field.name
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "card.json"}
    assert after.pop("feed.safetensors")
    assert after == before


def test_a_feed_reference_that_was_changed_is_refused(tmp_path: Path) -> None:
    folder = shipped_under(tmp_path, "changed") / "changed"
    content = bytearray((folder / "feed.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "feed.safetensors").write_bytes(content)
    for read in (read_feed, partial(load_model, device="cpu")):
        with pytest.raises(ArtifactRefused, match="sha256 differs"):
            read(folder)


def test_a_version_from_before_calibration_parts_were_kept_loads_without_one(folder: Path) -> None:
    (folder / "calibration.safetensors").unlink()
    with_card(folder, lambda card: card["files"].pop("calibration.safetensors"))
    with_card(folder, lambda card: card.pop("calibration_part"))
    assert load_model(folder, device="cpu").calibration is None


def test_what_registers_a_model_does_not_depend_on_its_calibration_part(
    learned: Learned, folder: Path
) -> None:
    part = replace(a_package(learned).calibration, rows_sha256="00" * 32)
    other = save_model(folder.parent / "other", replace(a_package(learned), calibration=part))
    assert (other / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    assert "is not of the rows its card names" in refusal(other)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.update(is_fraud=1 - tensors["is_fraud"]),
        lambda tensors: tensors.update(rows_sha256=tensors["rows_sha256"][::-1].copy()),
        lambda tensors: tensors.update(novelty=tensors["novelty"][1:]),
        lambda tensors: tensors.update({name: column[1:] for name, column in tensors.items()}),
        lambda tensors: tensors.pop("probability"),
    ],
)
def test_another_calibration_part_is_refused_even_with_a_matching_fingerprint(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    with_tensors(folder, change, name="calibration.safetensors")
    refusal(folder)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"legits": 1}, "is not of the rows its card names"),
        ({"legit_floor": -99.0}, "the calibration part is"),
        ({"kept": 1}, "the calibration part is"),
    ],
)
def test_a_card_that_tells_another_calibration_part_is_refused(
    folder: Path, told: dict[str, float], sentence: str
) -> None:
    with_card(folder, lambda card: card["calibration_part"].update(told))
    assert sentence in refusal(folder)


@pytest.mark.parametrize("kind", FITS)
def test_every_kind_of_calibrator_survives_being_saved(learned: Learned, tmp_path: Path, kind: str) -> None:
    margins = np.linspace(-6, 6, 300)
    calibrator = FITS[kind](margins, np.sin(9 * margins) + margins > 1, np.ones(300))
    scorer = replace(learned.scorer, calibrator=calibrator)
    model = load_model(save_model(tmp_path, replace(a_package(learned), scorer=scorer)), device="cpu")
    assert model.card["calibration"]["kind"] == model.scorer.calibrator.kind == kind
    told = model.scorer.calibrator.probability(margins)
    assert np.array_equal(told, calibrator.probability(margins))


def test_a_version_never_changes(learned: Learned, folder: Path) -> None:
    with pytest.raises(ArtifactRefused, match="exists already"):
        save_model(folder.parent, a_package(learned))


def test_models_are_listed_oldest_first_and_drafts_and_strangers_are_not(folder: Path) -> None:
    models = folder.parent
    shutil.copytree(folder, models / "2025-12-31b")
    shutil.copytree(folder, models / ".2026-02-02a.partial")
    (models / "demo").mkdir()
    assert [model.name for model in list_models(models)] == ["2025-12-31b", VERSION]
    assert newest_model(models) == folder
    assert next_version(models, date(2026, 1, 1)) == "2026-01-01b"
    assert next_version(models, date(2026, 1, 2)) == "2026-01-02a"


def test_no_model_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ArtifactRefused, match="tertium train"):
        newest_model(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert name in refusal(folder)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_changed_byte_is_noticed(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-10] ^= 1
    (folder / name).write_bytes(content)
    assert f"{name} is not the file its card names" in refusal(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_cut_off_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:100])
    refusal(folder)


def test_other_masks_are_noticed_even_with_a_matching_fingerprint(folder: Path) -> None:
    with_tensors(folder, lambda tensors: tensors.update(masks=1 - tensors["masks"]))
    assert "the dropout masks are not those its card names" in refusal(folder)


@pytest.mark.parametrize(
    "name", ["network.head.weight", "calibration.slope", "novelty.whitening", "scaling.scale"]
)
def test_other_numbers_are_noticed_by_their_golden_scores(folder: Path, name: str) -> None:
    with_tensors(folder, lambda tensors: tensors.update({name: np.asarray(tensors[name] * 1.01)}))
    assert "does not score as its card says" in refusal(folder)


@pytest.mark.parametrize("name", ["network.head.offset", "novelty.distances", "legit_quantiles", "masks"])
def test_a_missing_or_misshapen_tensor_is_refused(folder: Path, name: str) -> None:
    with_tensors(folder, lambda tensors: tensors.update({name: tensors[name][:0]}))
    refusal(folder)
    with_tensors(folder, lambda tensors: tensors.pop(name))
    assert name.rpartition(".")[2] in refusal(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card.update(format=99),
        lambda card: card.pop("golden"),
        lambda card: card.update(version="another"),
        lambda card: card["network"].update(hidden=[9, 9]),
        lambda card: card["schema"].update(names=["V1"]),
        lambda card: card["calibration"].update(kind="magic"),
        lambda card: card["calibration"].update(kind="isotonic"),
        lambda card: card.update(files=None),
        lambda card: card["golden"]["scores"].update(probability=[0.5] * 16),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    with_card(folder, change)
    refusal(folder)


def test_a_renamed_folder_is_refused(folder: Path) -> None:
    moved = folder.rename(folder.parent / "2026-01-01z")
    assert "name different models" in refusal(moved)


def refusal(folder: Path) -> str:
    """Load and be refused in one sentence, on one line."""
    with pytest.raises(ArtifactRefused) as refused:
        load_model(folder, device="cpu")
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert len(sentence) > 20
    return sentence


def test_every_shipped_model_loads_and_is_small() -> None:
    shipped = list_models(SHIPPED)
    assert shipped
    for model in shipped:
        assert load_model(model, device="cpu").version == model.name
        # Four groups of networks, each with its scaling and bins, and a report of a third of a megabyte.
        assert sum(file.stat().st_size for file in model.iterdir()) < 2_300_000


def test_the_shipped_model_loads_in_half_a_second() -> None:
    """Of this process's own time, and at the best of three: others may use the machine too."""
    took = []
    for _ in range(3):
        started = process_time()
        load_model(newest_model(SHIPPED), device="cpu")
        took.append(process_time() - started)
    assert min(took) < 0.5


def test_the_shipped_model_scores_a_row_the_same_alone_and_in_any_batch() -> None:
    scorer = load_model(newest_model(SHIPPED), device="cpu").scorer
    rows = np.random.default_rng(1).standard_t(3, size=(1024, 29))
    whole = scorer.score(rows)
    columns = ("evidence_fraud", "spread", "interval_low", "interval_high", "probability", "entropy")
    for size in (1, 2, 3, 31, 32, 33, 500):
        for start in range(0, 1024, max(size, 100)):
            part = scorer.score(rows[start : start + size])
            for name in (*columns, "mutual_information", "predictive_variance", "novelty"):
                assert np.array_equal(getattr(part, name), getattr(whole, name)[start : start + size]), name


def test_the_shipped_model_refuses_to_decide_on_values_far_off() -> None:
    card = load_model(newest_model(SHIPPED), device="cpu").card
    assert card["far_off"]["approved_by_the_policy"] == 0
    assert card["data"]["sha256"].startswith("ec3511e2")
    assert any("principal components" in limit for limit in card["limits"])


def test_loading_needs_neither_scikit_learn_nor_pickle() -> None:
    program = (
        "import sys; from pathlib import Path; from app.artifacts import load_model, newest_model;"
        f"load_model(newest_model(Path({str(SHIPPED)!r})), device='cpu');"
        "assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
