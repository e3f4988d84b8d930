"""Do certificates hold? Asked of artificial populations, whose true miss rate can be counted.

Each population's frauds come from a mixture of its own, fitted to a drawing with replacement of the known
frauds; its legits are a third of the known ones. From 351 drawn frauds a surrogate (one small network) learns
and is certified: cross-fitted (four folds, bounds from all frauds, served by the mean of all four) and held
out (three quarters learned from, the bound from the other quarter). Then fresh frauds are drawn and those
below the bound counted. A certificate promises that few populations miss more than promised.

Each population is kept as it ends (`runs/populations.jsonl`), so that a stopped run goes on where it was.
`POPULATIONS` says how many. Sequential certificates are simulated by `python -m benchmarks sequential`.
"""

import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.cli.training.sample import LEGIT_WEIGHT, default_data
from app.datasets import read_labelled
from app.learning.generator import Mixture
from app.learning.generator_fitting import fit_mixture, limits
from app.learning.training.fitting import Fitted, TrainingRows, fit_recipe
from app.scoring.arrays import Flags, Floats, Rows
from app.scoring.network.threads import compute_alone
from app.triage.tuning.neyman_pearson import approve_bound
from benchmarks.certificates import CONFIDENCE, LEGITS_SHARE, MISS_RATES, SURROGATE

POPULATIONS = int(os.environ.get("POPULATIONS", "60"))
KEPT = Path("runs/populations.jsonl")
FOLDS, COMPONENTS, FRESH = 4, 4, 20_000
KINDS = ("cross_fitted", "held_out")
#: Of a population: by kind and promise its true miss rate.
Missed = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Known:
    """The known rows, shape (rows, columns), and the limits of what may be drawn, shape (columns,)."""

    frauds: Floats
    legits: Floats
    lowest: Floats
    highest: Floats


_known: list[_Known] = []


def figures() -> dict[str, float]:
    """Return, for each kind and promise, the share of populations that miss more, and the mean miss."""
    if not default_data().exists():
        print("populations: there is no labelled sample; skipped")
        return {}
    found = list(_kept().values())
    told: dict[str, float] = {"populations": len(found)}
    for kind in KINDS:
        for miss_rate in MISS_RATES:
            percent = f"{100 * miss_rate:.0f}"
            missed = np.array([each[kind][percent] for each in found])
            told[f"{kind}_violations_at_{percent}"] = float((missed > miss_rate).mean())
            told[f"{kind}_mean_miss_at_{percent}"] = float(missed.mean())
    return told


def _kept() -> dict[int, Missed]:
    """Return every population's misses by its seed; those not kept yet are worked out and kept."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    found: dict[int, Missed] = {each["seed"]: each["missed"] for each in map(json.loads, lines)}
    lacking = [seed for seed in range(POPULATIONS) if seed not in found]
    with KEPT.open("a", encoding="utf-8") as file:
        for seed, missed in _worked_out(lacking):
            file.write(json.dumps({"seed": seed, "missed": missed}) + "\n")
            file.flush()
            found[seed] = missed
    return {seed: missed for seed, missed in found.items() if seed < POPULATIONS}


def _worked_out(seeds: Sequence[int]) -> Iterator[tuple[int, Missed]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context, initializer=_begin) as pool:
        yield from zip(seeds, pool.map(_population, seeds), strict=True)


def _begin() -> None:
    compute_alone()
    file, is_fraud = read_labelled(default_data())
    raw = np.column_stack([file.features, np.log1p(file.amounts)])
    lowest, highest = limits(raw)
    _known.append(_Known(frauds=raw[is_fraud], legits=raw[~is_fraud], lowest=lowest, highest=highest))


def _population(seed: int) -> Missed:
    """Return the true miss rates of a population's certificates, by kind and promise in percent."""
    (known,) = _known
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = generator.integers(len(known.frauds), size=len(known.frauds))
    world = fit_mixture(known.frauds[drawn], components=COMPONENTS, seed=seed)
    frauds, fresh = (_drawn(world, known, count, generator) for count in (len(known.frauds), FRESH))
    legits = generator.permutation(known.legits)[: round(LEGITS_SHARE * len(known.legits))]
    raw = np.concatenate([frauds, legits])
    is_fraud = np.arange(len(raw)) < len(frauds)
    folds = _folds(is_fraud, generator)
    fits = [_fitted(raw, is_fraud, np.flatnonzero(folds != fold), seed=seed) for fold in range(FOLDS)]
    of_known = np.empty(len(frauds))
    for fold, fitted in enumerate(fits):
        held_out = np.flatnonzero(is_fraud & (folds == fold))
        of_known[held_out] = _margins(fitted, raw[held_out])
    by_fit = np.array([_margins(fitted, fresh) for fitted in fits])
    # The first fit saw all but the first fold: what is held out bounds it alone.
    return {
        "cross_fitted": _true_miss(of_known, by_fit.mean(axis=0)),
        "held_out": _true_miss(of_known[folds[is_fraud] == 0], by_fit[0], drawn_by=f"population {seed}"),
    }


def _drawn(world: Mixture, known: _Known, count: int, generator: np.random.Generator) -> Floats:
    return np.clip(world.sample(count, generator), known.lowest, known.highest)


def _folds(is_fraud: Flags, generator: np.random.Generator) -> Rows:
    """Return a fold for each row, by chance within its class, shape (rows,)."""
    folds = np.empty(is_fraud.size, dtype=np.int64)
    for of_class in (np.flatnonzero(is_fraud), np.flatnonzero(~is_fraud)):
        folds[generator.permutation(of_class)] = np.arange(of_class.size) % FOLDS
    return folds


def _fitted(raw: Floats, is_fraud: Flags, rows: Rows, *, seed: int) -> Fitted:
    weights = np.where(is_fraud, 1.0, LEGIT_WEIGHT / LEGITS_SHARE)
    training = TrainingRows(raw=raw[rows], is_fraud=is_fraud[rows], weights=weights[rows])
    return fit_recipe(training, SURROGATE, seed=seed, device="cpu", watch=lambda *_: None)


def _margins(fitted: Fitted, raw: Floats) -> Floats:
    return np.asarray(fitted.member_margins(fitted.standardised(raw)).mean(axis=1))


def _true_miss(known: Floats, fresh: Floats, *, drawn_by: str | None = None) -> dict[str, float]:
    """Return the share of fresh frauds that each promise's bound approves; `drawn_by` draws its order."""
    told = {}
    for miss_rate in MISS_RATES:
        bound, _ = approve_bound(known, miss_rate=miss_rate, confidence=CONFIDENCE, rows_sha256=drawn_by)
        told[f"{100 * miss_rate:.0f}"] = float((fresh <= bound).mean())
    return told
