"""Do cross-fitted certificates hold? Asked of blocks of real frauds that no network and no bound has seen.

A block of frauds is held out altogether, the whole protocol runs on the rest (a surrogate: one small
network for each fold, a third of the legits), and the block's frauds below the bound are counted, scored by
the mean of all groups as in service. With n frauds and order k a fresh one lies below it with k / (n + 1).
"""

from itertools import product

import numpy as np

from app.cli.training.labelled_files import WHOLE
from app.cli.training.sample import LEGIT_WEIGHT, default_data
from app.cli.training.training_source import source_of
from app.learning.comparison.sample import FOLDS, Sample
from app.learning.training.fitting import Fitted, fit_recipe
from app.learning.training.recipe import Group, Network, Recipe, Schedule
from app.scoring.arrays import Floats, Rows
from app.triage.tuning.neyman_pearson import approve_bound

PARTITIONS, BLOCKS = 3, 5
MISS_RATES = (0.15, 0.10, 0.05)
CONFIDENCE = 0.95
LEGITS_SHARE = 1 / 3
SURROGATE = Recipe(
    name="surrogate",
    about="One network that learns from the labels with a narrow view.",
    groups=(
        Group(network=Network(embedding=("clamped", "signed_log"), clamp=3.0), schedule=Schedule(epochs=20)),
    ),
)


def figures() -> dict[str, float]:
    """Return the mean miss among frauds nobody saw, and what the order promises on average, by promise."""
    if not default_data().exists():
        print("certificates: there is no labelled sample; skipped")
        return {}
    source = source_of(None, None, WHOLE, None, seed=0)
    sample = source.labelled.sample(legit_weight=LEGIT_WEIGHT)
    told: dict[float, list[tuple[int, int, float]]] = {miss_rate: [] for miss_rate in MISS_RATES}
    for seed, block in product(range(PARTITIONS), range(BLOCKS)):
        for miss_rate, found in _missed(sample, seed=seed, block=block).items():
            told[miss_rate].append(found)
    figures: dict[str, float] = {}
    for miss_rate, blocks in told.items():
        name = f"cross_fitted_block_miss_at_{100 * miss_rate:.0f}"
        missed, held_out = (sum(each[place] for each in blocks) for place in (0, 1))
        figures[name] = missed / held_out
        figures[f"{name}_expected"] = float(np.mean([each[2] for each in blocks]))
        figures[f"{name}_worst"] = max(missed / size for missed, size, _ in blocks)
    return figures | {"cross_fitted_blocks": PARTITIONS * BLOCKS}


def _missed(sample: Sample, *, seed: int, block: int) -> dict[float, tuple[int, int, float]]:
    """Return of each promise the frauds of a block below the bound, how many there are, and k / (n + 1)."""
    generator = np.random.Generator(np.random.PCG64(seed))
    kept = sample.origins.kept
    frauds = generator.permutation(kept[sample.is_fraud[kept]])
    legits = generator.permutation(kept[~sample.is_fraud[kept]])[: round(LEGITS_SHARE * kept.size)]
    held_out = np.array_split(frauds, BLOCKS)[block]
    rows = np.sort(np.concatenate([np.setdiff1d(frauds, held_out), legits]))
    crossed, of_block = _evidence(sample, rows, held_out, seed=100 * seed + block)
    known = crossed[sample.is_fraud[rows]]
    found = {}
    for miss_rate in MISS_RATES:
        bound, order = approve_bound(known, miss_rate=miss_rate, confidence=CONFIDENCE)
        found[miss_rate] = (int((of_block <= bound).sum()), held_out.size, order / (known.size + 1))
    return found


def _evidence(sample: Sample, rows: Rows, unseen: Rows, *, seed: int) -> tuple[Floats, Floats]:
    """Return the rows' evidence by the group that did not see each, and the unseen rows' by all."""
    crossed, of_unseen = np.empty(rows.size), np.zeros(unseen.size)
    for number, fold in enumerate(sample.folds(rows, seed=seed)):
        fitted = fit_recipe(
            sample.training(np.setdiff1d(rows, fold)),
            SURROGATE,
            seed=seed + number,
            device="cpu",
            watch=lambda *_: None,
        )
        crossed[np.isin(rows, fold)] = _mean(fitted, sample.raw[fold])
        of_unseen += _mean(fitted, sample.raw[unseen]) / FOLDS
    return crossed, of_unseen


def _mean(fitted: Fitted, raw: Floats) -> Floats:
    return np.asarray(fitted.member_margins(fitted.standardised(raw)).mean(axis=1))
