"""Files of few different frauds that look like many, and the certificates they earn.

18 frauds are copied, copied with noise, or interpolated, with and without those they come from; no
guarantee of `tertium train` can rest on so few. Files of different frauds tell the false alarms.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from app.cli.commands import tertium
from app.learning.copies.origins import origins_of
from app.learning.copies.told import findings
from app.learning.splits import row_hashes
from tests.copied import WORLDS, Payments, interpolated, repeated, write_payments

NOISE = (0.0, 1e-6, 1e-3, 1e-2)
#: Of frauds copied ten times, of interpolated ones: (different ones, rows made of them, rows in each mix).
COPIED, MIXES = 18, ((18, 100, 2), (18, 200, 2), (18, 400, 2), (18, 100, 3))
CLEAN = (80, 150, 300, 600)
QUICK_RECIPE = 'about = "Quick."\n[[groups]]\nnetwork = { hidden = [8] }\nschedule = { epochs = 2 }\n'
#: Frauds and columns of the file whose search is timed.
LARGE = (5_000, 60)
#: What either command says where frauds are fewer than rows.
SAID = ("different ones in", "near-copies", "lie exactly between two others", "interpolated between others")


def figures() -> dict[str, float]:
    """Return files, certificates, silent checks, false alarms, and the seconds of a large file."""
    rng = np.random.default_rng(13)
    told = [_judged(payments, rng) for payments in _few(rng)]
    clean = [_is_suspected(make(rng, frauds=frauds)) for make in WORLDS.values() for frauds in CLEAN]
    return {
        "copies_files": len(told),
        "copies_certified": sum(is_certified for is_certified, _ in told),
        "copies_unsaid": sum(not is_said for _, is_said in told),
        "copies_false_alarms": sum(clean),
        "copies_clean_files": len(clean),
        "copies_large_seconds": _large_seconds(rng),
    }


def _few(rng: np.random.Generator) -> Iterator[Payments]:
    for make in WORLDS.values():
        for noise in NOISE:
            yield repeated(make(rng, frauds=COPIED), times=10, noise=noise, rng=rng)
        for different, count, between in MIXES:
            for kept in (True, False):
                payments = make(rng, frauds=different)
                yield interpolated(payments, count=count, with_originals=kept, between=between, rng=rng)


def _judged(payments: Payments, rng: np.random.Generator) -> tuple[bool, bool]:
    """Return whether `train` certified a file, and whether both commands said that it holds copies."""
    with tempfile.TemporaryDirectory() as place:
        path = write_payments(Path(place) / "some.csv", payments, rng)
        recipe = Path(place) / "quick.toml"
        recipe.write_text(QUICK_RECIPE)
        models = ("--models-dir", str(Path(place) / "models"))
        checked = CliRunner().invoke(tertium, ["data", "check", str(path), "--accept-feed", *models])
        trained = CliRunner().invoke(tertium, ["train", str(path), "--recipe", str(recipe), *models])
    is_said = all(any(words in told.output for words in SAID) for told in (checked, trained))
    return trained.exit_code == 0, is_said and checked.exit_code == 1


def _is_suspected(payments: Payments) -> bool:
    hashes = row_hashes(payments.features, payments.amounts)
    origins = origins_of(payments.features, payments.amounts, payments.is_fraud, hashes)
    return any(findings(origins, payments.is_fraud))


def _large_seconds(rng: np.random.Generator) -> float:
    frauds, columns = LARGE
    features = rng.normal(size=(5 * frauds, columns))
    amounts = rng.exponential(50, size=len(features))
    hashes = row_hashes(features, amounts)
    began = time.perf_counter()
    origins_of(features, amounts, np.arange(len(features)) < frauds, hashes)
    return time.perf_counter() - began
