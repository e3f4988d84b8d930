"""From a version folder to a checked model."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import safetensors
import safetensors.numpy
import torch

from app.artifacts.calibration import part_from
from app.artifacts.feed import feed_from
from app.artifacts.golden import check_golden
from app.artifacts.model import (
    CALIBRATION,
    CARD,
    FEED,
    FORMAT,
    POLICY,
    SCHEMA,
    TENSORS,
    ArtifactRefused,
    CalibrationPart,
    Model,
)
from app.artifacts.schema import encoding_of
from app.artifacts.tensors import fitted_folds, scorer_from
from app.scoring.feed.columns import watched_names
from app.scoring.feed.reference import FeedReference
from app.scoring.network.passes import choose_device
from app.triage.certificate import Certificate
from app.triage.policies.document import policy_of

# What a file that is not what it should be can raise.
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, RuntimeError, safetensors.SafetensorError)


def load_model(folder: Path, *, device: str) -> Model:
    """Return the model of one version folder, checked; `device` is `auto`, `cpu` or `cuda`.

    Torch is held to one thread: the network is tiny, and concurrency comes from requests.

    Raises `ArtifactRefused` with one sentence, and `DeviceUnavailable` where there is no GPU.
    """
    where = choose_device(device)
    torch.set_num_threads(1)
    try:
        return _loaded(folder, device=where)
    except ArtifactRefused:
        raise
    except DAMAGE as why:
        reason = " ".join(f"{type(why).__name__}: {why}".split())
        raise ArtifactRefused(f"model {folder.name} is damaged or of another format ({reason})") from why


def _loaded(folder: Path, *, device: str) -> Model:
    card = json.loads(_bytes(folder, CARD))
    if card["format"] != FORMAT:
        raise ArtifactRefused(f"model {folder.name} has format {card['format']}, not {FORMAT}")
    files = {name: _checked(folder, name, card["files"][name]) for name in (TENSORS, POLICY)}
    tensors = safetensors.numpy.load(files[TENSORS])
    schema = _checked(folder, SCHEMA, card["files"][SCHEMA]) if SCHEMA in card["files"] else None
    scorer = scorer_from(card, tensors, encoding_of(card, schema), device=device)
    first = json.loads(files[POLICY])
    model = Model(
        version=card["version"],
        card=card,
        scorer=scorer,
        schema=scorer.schema,
        policy=policy_of(first["policy"]),
        certificate=Certificate(**first["certificate"]),
        policy_reason=first["reason"],
        legit_quantiles=tensors["legit_quantiles"],
        base_rate=float(card["base_rate"]),
        fitted_rows=tensors["fitted_rows"],
        fitted_folds=fitted_folds(tensors),
        calibration=_calibration(folder, card),
        feed=_feed(folder, card, watched_names(scorer.schema.encoding)),
        sha256=card["files"][TENSORS],
    )
    if not folder.name == model.version == model.policy.model_version:
        names = f"{folder.name}, card ({model.version}) and policy ({model.policy.model_version})"
        raise ArtifactRefused(f"folder {names} name different models")
    check_golden(card["golden"], scorer, model.version)
    return model


def _calibration(folder: Path, card: dict[str, Any]) -> CalibrationPart | None:
    if CALIBRATION not in card["files"]:
        return None
    content = _checked(folder, CALIBRATION, card["files"][CALIBRATION])
    part = part_from(content, card["calibration_part"])
    of_part = {"frauds": int(part.is_fraud.sum()), "legits": part.legits, "rows_sha256": part.rows_sha256}
    if of_part != card["parts"]["calibration"]:
        raise ArtifactRefused(f"model {folder.name}: {CALIBRATION} is not of the rows its card names")
    return part


def _feed(folder: Path, card: dict[str, Any], names: tuple[str, ...]) -> FeedReference | None:
    if FEED not in card["files"]:
        return None
    return feed_from(_checked(folder, FEED, card["files"][FEED]), names)


def _checked(folder: Path, name: str, expected: str) -> bytes:
    content = _bytes(folder, name)
    if sha256(content).hexdigest() != expected:
        raise ArtifactRefused(f"model {folder.name}: {name} is not the file its card names (sha256 differs)")
    return content


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as why:
        raise ArtifactRefused(f"model {folder.name}: {name} is missing or unreadable in {folder}") from why
