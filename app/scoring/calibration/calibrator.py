"""What every calibrator is to the scorer, and its way to and from plain arrays."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.calibration.curves import Beta, Platt, Temperature
from app.scoring.calibration.steps import Isotonic, VennAbers

#: A map from margins to P(fraud) that never falls: `kind` names it, `probability` applies it.
Calibrator = Platt | Beta | Temperature | VennAbers | Isotonic

_KINDS: Mapping[str, type[Calibrator]] = {
    each.kind: each for each in (Platt, Beta, Temperature, VennAbers, Isotonic)
}


def tensors_of(calibrator: Calibrator) -> dict[str, Floats]:
    """Return the numbers of a calibrator by name: a parameter has shape (), a table (steps,)."""
    return {
        field.name: np.asarray(getattr(calibrator, field.name), dtype=np.float64)
        for field in fields(calibrator)
    }


def described(calibrator: Calibrator) -> dict[str, str | float]:
    """Return its kind and its parameters by name, for a card; a table is too long to be read."""
    parameters = {name: float(value) for name, value in tensors_of(calibrator).items() if not value.ndim}
    return {"kind": calibrator.kind, **parameters}


def calibrator_from(kind: str, tensors: Mapping[str, Floats]) -> Calibrator:
    """Return the calibrator of this kind whose `tensors_of` these are; other names are ignored.

    Raises ValueError for an unknown kind or numbers it refuses, KeyError when one is missing.
    """
    if kind not in _KINDS:
        raise ValueError(f"no calibrator is called {kind!r}; there are {', '.join(_KINDS)}")
    made = _KINDS[kind]
    numbers: dict[str, Any] = {
        field.name: tensors[field.name].item() if field.type is float else tensors[field.name]
        for field in fields(made)
    }
    return made(**numbers)
