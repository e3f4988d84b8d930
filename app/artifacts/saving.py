"""From a model in memory to a version folder, whole or not at all."""

import json
import platform
import shutil
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import safetensors.numpy

from app.artifacts.calibration import described_part, part_bytes
from app.artifacts.feed import feed_bytes
from app.artifacts.golden import golden
from app.artifacts.model import (
    CALIBRATION,
    CARD,
    FEED,
    FORMAT,
    POLICY,
    SCHEMA,
    TENSORS,
    ArtifactRefused,
    Package,
)
from app.artifacts.schema import schema_bytes
from app.artifacts.tensors import described_network, scorer_from, tensors_of_package
from app.scoring.calibration.calibrator import described
from app.scoring.network.masks import masks_sha256
from app.triage.policies.document import document_of


def save_model(models: Path, package: Package) -> Path:
    """Write a new version folder below `models` and return it; it appears whole or not at all.

    Raises `ArtifactRefused` when the version exists already: versions never change.
    """
    folder = models / package.version
    if folder.exists():
        raise ArtifactRefused(f"model {package.version} exists already, and a version never changes")
    draft = models / f".{package.version}.partial"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    policy, certificate = document_of(package.policy), asdict(package.certificate)
    first = {"policy": policy, "certificate": certificate, "reason": package.policy_reason}
    files = {
        TENSORS: safetensors.numpy.save(tensors_of_package(package)),
        POLICY: _json(first),
        CALIBRATION: part_bytes(package.calibration),
        SCHEMA: schema_bytes(package.scorer.schema.encoding),
    }
    if package.feed is not None:
        files[FEED] = feed_bytes(package.feed)
    fingerprints = {name: sha256(content).hexdigest() for name, content in files.items()}
    files[CARD] = _json(_card(package) | {"files": fingerprints})
    for name, content in files.items():
        (draft / name).write_bytes(content)
    draft.rename(folder)
    return folder


def _card(package: Package) -> dict[str, Any]:
    """Return the card but for the files' fingerprints."""
    schema = package.scorer.schema
    scaling = zip(schema.columns, schema.centre.tolist(), schema.scale.tolist(), strict=True)
    card: dict[str, Any] = {
        "format": FORMAT,
        "version": package.version,
        "base_rate": package.base_rate,
        "schema": {
            "names": list(schema.names),
            "currencies": list(schema.currencies),
            "encoding": schema.encoding.described(),
        },
        "scaling": {name: {"centre": centre, "scale": scale} for name, centre, scale in scaling},
        "network": described_network(package),
        "masks_sha256": masks_sha256(package.masks),
        "calibration": described(package.scorer.calibrator),
        "calibration_part": described_part(package.calibration),
        **package.facts,
        "libraries": {"python": platform.python_version()}
        | {library: version(library) for library in ("numpy", "scipy", "scikit-learn", "torch")},
    }
    scorer = scorer_from(card, tensors_of_package(package), schema.encoding, device="cpu")
    return card | {"golden": golden(scorer)}


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()
