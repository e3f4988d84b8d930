"""Models as folders: `models/<version>/` holds tensors, a card and the first policy; never pickle.

`model.safetensors` holds every number that scores; `card.json` says where it comes from and carries
the fingerprints of the other two files; `policy.json` holds the policy the model starts with. All of
it is checked at load: fingerprints, masks, and the scores of synthetic golden vectors.
"""

import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
import torch
from numpy.typing import NDArray

from app.scoring.calibration import Platt
from app.scoring.features import FeatureSchema, Floats
from app.scoring.network.masks import Masks, masks_sha256
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import Passes, choose_device
from app.scoring.novelty import Novelty
from app.scoring.scorer import Scorer
from app.triage.certificate import Certificate
from app.triage.policy import Fallback, Policy

FORMAT = 1
TENSORS, CARD, POLICY = "model.safetensors", "card.json", "policy.json"

# Scores are rounded to 1e-6; two machines may round a last bit to neighbouring steps.
GOLDEN_TOLERANCE = 1e-6 + 1e-9
GOLDEN_VECTORS = 16
GOLDEN_COLUMNS = ("evidence_fraud", "spread", "interval_low", "interval_high", "probability", "novelty")

# What a file that is not what it should be can raise.
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, RuntimeError, safetensors.SafetensorError)


class ArtifactRefused(ValueError):
    """A model folder is missing, incomplete, altered, or does not score as it did when it was made."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Package:
    """Everything a new model version is made of."""

    version: str
    network: Mlp
    masks: Masks
    #: Schema, calibration and novelty are taken from here.
    scorer: Scorer
    #: As in `Model`.
    legit_quantiles: Floats
    base_rate: float
    policy: Policy
    certificate: Certificate
    #: Why the first policy is what it is, in one sentence.
    policy_reason: str
    #: What else the card says: training data, parts, seed, metrics, limits of use.
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A loaded, checked model version."""

    version: str
    card: dict[str, Any]
    scorer: Scorer
    schema: FeatureSchema
    #: The policy the model starts with, its promise, and why it was chosen.
    policy: Policy
    certificate: Certificate
    policy_reason: str
    #: 0, 1, ..., 100 % quantiles of the legit training rows in payload units; (columns, 101).
    legit_quantiles: Floats
    #: Share of frauds in the population the probabilities speak of.
    base_rate: float
    #: Fingerprint of `model.safetensors`.
    sha256: str


def list_models(folder: Path) -> list[Path]:
    """Return the model folders, oldest version first; none when the folder does not exist."""
    return sorted(card.parent for card in folder.glob(f"[!.]*/{CARD}"))


def newest_model(folder: Path) -> Path:
    """Return the folder of the newest version. Raises `ArtifactRefused` when there is no model."""
    models = list_models(folder)
    if not models:
        raise ArtifactRefused(f"there is no model in {folder}: train one with `tertium train`")
    return models[-1]


def next_version(folder: Path, today: date) -> str:
    """Return a free version name: the date and the first free letter, such as 2026-11-23a."""
    taken = {model.name for model in list_models(folder)}
    for letter in "abcdefghijklmnopqrstuvwxyz":
        if (name := f"{today:%Y-%m-%d}{letter}") not in taken:
            return name
    raise ArtifactRefused(f"{folder} already holds 26 models of {today:%Y-%m-%d}")


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
    scorer = _scorer(card, tensors, device=device)
    first = json.loads(files[POLICY])
    model = Model(
        version=card["version"],
        card=card,
        scorer=scorer,
        schema=scorer.schema,
        policy=Policy(
            **first["policy"] | {"deadline_fallback": Fallback(first["policy"]["deadline_fallback"])}
        ),
        certificate=Certificate(**first["certificate"]),
        policy_reason=first["reason"],
        legit_quantiles=tensors["legit_quantiles"],
        base_rate=float(card["base_rate"]),
        sha256=card["files"][TENSORS],
    )
    if not folder.name == model.version == model.policy.model_version:
        names = f"{folder.name}, card ({model.version}) and policy ({model.policy.model_version})"
        raise ArtifactRefused(f"folder {names} name different models")
    _check_golden(card["golden"], scorer, folder)
    return model


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
    policy, certificate = asdict(package.policy), asdict(package.certificate)
    first = {"policy": policy, "certificate": certificate, "reason": package.policy_reason}
    files = {TENSORS: safetensors.numpy.save(_tensors(package)), POLICY: _json(first)}
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
        "schema": {"names": list(schema.names), "currencies": list(schema.currencies)},
        "scaling": {name: {"centre": centre, "scale": scale} for name, centre, scale in scaling},
        "network": {
            "head": "margin",
            "hidden": list(package.network.hidden),
            "dropout": package.network.dropout,
            "clamp": package.network.clamp,
            "passes": len(package.masks),
        },
        "masks_sha256": masks_sha256(package.masks),
        "calibration": asdict(package.scorer.calibrator),
        **package.facts,
        "libraries": {"python": platform.python_version()}
        | {library: version(library) for library in ("numpy", "scipy", "scikit-learn", "torch")},
    }
    return card | {"golden": _golden(_scorer(card, _tensors(package), device="cpu"))}


def _tensors(package: Package) -> dict[str, NDArray[Any]]:
    scorer = package.scorer
    weights = {
        f"network.{name}": np.ascontiguousarray(tensor.detach().double().numpy())
        for name, tensor in package.network.state_dict().items()
    }
    return weights | {
        "masks": package.masks.astype(np.uint8),
        "scaling.centre": scorer.schema.centre,
        "scaling.scale": scorer.schema.scale,
        "calibration": np.array([scorer.calibrator.slope, scorer.calibrator.offset]),
        "novelty.centre": scorer.novelty.centre,
        "novelty.whitening": scorer.novelty.whitening,
        "novelty.distances": scorer.novelty.distances,
        "legit_quantiles": package.legit_quantiles,
    }


def _scorer(card: dict[str, Any], tensors: dict[str, NDArray[Any]], *, device: str) -> Scorer:
    """Build the scorer of a card and its tensors; whatever does not fit raises."""
    schema = FeatureSchema(
        names=tuple(card["schema"]["names"]),
        currencies=tuple(card["schema"]["currencies"]),
        centre=tensors["scaling.centre"],
        scale=tensors["scaling.scale"],
    )
    novelty = Novelty(**{name: tensors[f"novelty.{name}"] for name in ("centre", "whitening", "distances")})
    slope, offset = tensors["calibration"].tolist()
    median = tensors["legit_quantiles"][:, 50]
    return Scorer(
        schema=schema,
        passes=_passes(card, tensors, columns=len(schema.columns), device=device),
        calibrator=Platt(slope=slope, offset=offset),
        novelty=novelty,
        legit_median=schema.standardised(median[None, :-1], median[-1:])[0],
    )


def _passes(card: dict[str, Any], tensors: dict[str, NDArray[Any]], *, columns: int, device: str) -> Passes:
    masks = tensors["masks"].astype(np.bool_)
    if masks_sha256(masks) != card["masks_sha256"]:
        raise ArtifactRefused(f"model {card['version']}: the dropout masks are not those its card names")
    shape = {name: card["network"][name] for name in ("hidden", "dropout", "clamp")}
    network = Mlp(columns=columns, **shape).double()
    network.load_state_dict({name: torch.tensor(tensors[f"network.{name}"]) for name in network.state_dict()})
    return Passes(network.eval(), masks, device=choose_device(device))


def _golden(scorer: Scorer) -> dict[str, Any]:
    """Return synthetic payloads (never rows of data) and what this scorer says of them."""
    generator, schema = np.random.Generator(np.random.PCG64(0)), scorer.schema
    drawn = generator.normal(scale=2.0, size=(GOLDEN_VECTORS, len(schema.names)))
    features = (schema.centre[:-1] + schema.scale[:-1] * drawn).round(6)
    amounts = generator.exponential(100.0, size=GOLDEN_VECTORS).round(2)
    return {
        "what": "synthetic features and amounts, drawn from a seed, and their scores",
        "features": features.tolist(),
        "amounts": amounts.tolist(),
        "scores": _golden_scores(scorer, features, amounts),
    }


def _golden_scores(scorer: Scorer, features: Floats, amounts: Floats) -> dict[str, list[float]]:
    scores = scorer.score(scorer.schema.standardised(features, amounts))
    return {name: getattr(scores, name).tolist() for name in GOLDEN_COLUMNS}


def _check_golden(golden: dict[str, Any], scorer: Scorer, folder: Path) -> None:
    scored = _golden_scores(scorer, np.array(golden["features"]), np.array(golden["amounts"]))
    for name in GOLDEN_COLUMNS:
        off = float(np.abs(np.array(scored[name]) - np.array(golden["scores"][name])).max())
        if not off <= GOLDEN_TOLERANCE:
            raise ArtifactRefused(
                f"model {folder.name} does not score as its card says: {name} is off by {off:.2g}"
            )


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


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()
