"""The demo's generator as two files: its numbers, and what they were fitted to."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from app.datasets.refusal import DatasetRefused
from app.learning.generator import Generator, Mixture

GENERATOR_TENSORS, GENERATOR_ORIGIN = "generator.safetensors", "generator.json"
#: The arrays of each mixture.
MIXTURE_PARTS = ("weights", "means", "factors")


def save_generator(folder: Path, generator: Generator, origin: Mapping[str, Any]) -> None:
    """Write the demo's generator: its numbers, and beside them what they were fitted to."""
    tensors = {"lowest": generator.lowest, "highest": generator.highest}
    for name, mixture in (("legit", generator.legit), ("fraud", generator.fraud)):
        for part in MIXTURE_PARTS:
            tensors[f"{name}.{part}"] = np.ascontiguousarray(getattr(mixture, part))
    content = safetensors.numpy.save(tensors)
    told = {"names": list(generator.names), **origin, "sha256": sha256(content).hexdigest()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GENERATOR_TENSORS).write_bytes(content)
    (folder / GENERATOR_ORIGIN).write_text(json.dumps(told, indent=1) + "\n")


def load_generator(folder: Path) -> Generator:
    """Return the generator of a folder, checked. Raises `DatasetRefused` with one sentence."""
    try:
        content = (folder / GENERATOR_TENSORS).read_bytes()
        told = json.loads((folder / GENERATOR_ORIGIN).read_bytes())
        if sha256(content).hexdigest() != told["sha256"]:
            raise DatasetRefused(
                f"the generator in {folder} is not the one its origin names (sha256 differs)"
            )
        tensors = safetensors.numpy.load(content)
        legit, fraud = (
            Mixture(**{part: tensors[f"{name}.{part}"] for part in MIXTURE_PARTS})
            for name in ("legit", "fraud")
        )
        return Generator(
            names=tuple(told["names"]),
            legit=legit,
            fraud=fraud,
            lowest=tensors["lowest"],
            highest=tensors["highest"],
        )
    except OSError as why:
        raise DatasetRefused(f"there is no generator in {folder}") from why
    except (KeyError, json.JSONDecodeError, safetensors.SafetensorError) as why:
        raise DatasetRefused(f"the generator in {folder} is damaged or of another format") from why
