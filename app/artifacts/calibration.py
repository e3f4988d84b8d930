"""The calibration part of a model version: cut to what promises need, written and read."""

from dataclasses import replace
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from app.artifacts.model import CalibrationPart
from app.scoring.out_of_fold import FoldNumbers
from app.scoring.uncertainty import Scores

# Only promises of declines look at legits, and a bound that declines this many is not worth promising.
LEGITS_KEPT = 1000
#: The quantities policies look at; a head may lack the evidence for legit.
COLUMNS = ("evidence_fraud", "margin", "spread", "mutual_information", "probability", "novelty")
OWN_LEGIT = "evidence_legit"
IS_FRAUD, FOLDS, ROWS_SHA256 = "is_fraud", "folds", "rows_sha256"


def calibration_part(
    scores: Scores,
    is_fraud: NDArray[np.bool_],
    *,
    rows_sha256: str,
    folds: FoldNumbers | None = None,
) -> CalibrationPart:
    """Return what is kept: all frauds, and the legits with the most fraud evidence.

    Columns of shape (rows,); `rows_sha256` is the fingerprint of all the rows, kept or not.
    """
    legits = np.flatnonzero(~is_fraud)
    evidence = scores.evidence_fraud[legits]
    # Equal evidence stays together, or a bound at it would count too few.
    kept = legits[evidence >= np.sort(evidence)[-LEGITS_KEPT:].min(initial=np.inf)]
    rows = np.sort(np.concatenate([np.flatnonzero(is_fraud), kept]))
    return CalibrationPart(
        scores=_looked_at(scores.selected(rows)),
        is_fraud=is_fraud[rows],
        folds=None if folds is None else folds[rows],
        legits=legits.size,
        legit_floor=_floor(scores.evidence_fraud[kept], legits=legits.size),
        rows_sha256=rows_sha256,
    )


def part_bytes(part: CalibrationPart) -> bytes:
    """Return the part as a safetensors file."""
    tensors: dict[str, NDArray[Any]] = {name: getattr(part.scores, name) for name in COLUMNS}
    if part.scores.evidence_legit is not None:
        tensors[OWN_LEGIT] = part.scores.evidence_legit
    if part.folds is not None:
        tensors[FOLDS] = part.folds
    tensors[IS_FRAUD] = part.is_fraud.astype(np.uint8)
    tensors[ROWS_SHA256] = np.frombuffer(bytes.fromhex(part.rows_sha256), dtype=np.uint8)
    return safetensors.numpy.save({name: np.ascontiguousarray(column) for name, column in tensors.items()})


def described_part(part: CalibrationPart) -> dict[str, Any]:
    """Return what the card says of it; JSON has no infinity, so that no floor is null."""
    floor = part.legit_floor if np.isfinite(part.legit_floor) else None
    return {"legits": part.legits, "legit_floor": floor}


def part_from(content: bytes, described: dict[str, Any]) -> CalibrationPart:
    """Read a part and its description; whatever does not fit raises."""
    tensors = safetensors.numpy.load(content)
    is_fraud = tensors[IS_FRAUD].astype(np.bool_)
    columns = {name: tensors[name] for name in COLUMNS}
    if OWN_LEGIT in tensors:
        columns[OWN_LEGIT] = tensors[OWN_LEGIT]
    shapes = {each.shape for each in (*columns.values(), tensors.get(FOLDS, is_fraud))}
    if shapes != {is_fraud.shape}:
        raise ValueError(f"the columns of the calibration part are not all of shape {is_fraud.shape}")
    part = CalibrationPart(
        scores=replace(Scores.empty(is_fraud.size), **columns),
        is_fraud=is_fraud,
        folds=tensors.get(FOLDS),
        legits=int(described["legits"]),
        legit_floor=_floor(columns["evidence_fraud"][~is_fraud], legits=int(described["legits"])),
        rows_sha256=tensors[ROWS_SHA256].tobytes().hex(),
    )
    if described_part(part) != described:
        raise ValueError(f"the calibration part is {described_part(part)}, not {described}")
    return part


def _floor(kept: NDArray[np.float64], *, legits: int) -> float:
    """Return the fraud evidence below which legits were only counted; `kept` is that of the others."""
    return -np.inf if kept.size == legits else float(kept.min())


def _looked_at(scores: Scores) -> Scores:
    """Return the scores without what no policy looks at."""
    columns = {name: getattr(scores, name) for name in COLUMNS}
    return replace(Scores.empty(scores.evidence_fraud.size), **columns, evidence_legit=scores.evidence_legit)
