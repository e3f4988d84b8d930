"""A scorer as named tensors and a description, and back."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.artifacts.model import ArtifactRefused, Package
from app.scoring.calibration.calibrator import calibrator_from, tensors_of
from app.scoring.features import FeatureSchema
from app.scoring.network.embeddings import embedding_from
from app.scoring.network.masks import masks_sha256
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import Passes, choose_device
from app.scoring.novelty import Neighbours, Novelty
from app.scoring.out_of_fold import NO_FOLD, FoldNumbers
from app.scoring.schema.encoding import Encoding
from app.scoring.scorer import Scorer

Tensors = dict[str, NDArray[Any]]

# Members that do not read an input have a row of zeros there: rows of zeros are left out.
FIRST_LAYER, FIRST_ROWS = "weights.0", "rows.0"


def tensors_of_package(package: Package) -> Tensors:
    """Return every number that scores, by name."""
    scorer = package.scorer
    state = package.network.state_dict()
    network = {name: _small(tensor.detach().double().numpy()) for name, tensor in state.items()}
    first = network.pop(FIRST_LAYER)
    rows: NDArray[np.bool_] = np.any(first, axis=2)
    network |= {FIRST_ROWS: rows, FIRST_LAYER: first[rows]}
    tensors = {
        **_within("network", network),
        **_within("calibration", tensors_of(scorer.calibrator)),
        **_within("novelty", _of(scorer.novelty, "centre", "whitening", "distances")),
        **_within("neighbours", _of(scorer.neighbours, "prototypes", "distances")),
        "neighbours.k": np.array(scorer.neighbours.k),
        "masks": package.masks.astype(np.uint8),
        "scaling.centre": scorer.schema.centre,
        "scaling.scale": scorer.schema.scale,
        "legit_quantiles": package.legit_quantiles,
        "fitted_rows": package.fitted_rows,
        "fitted_folds": package.fitted_folds,
    }
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def fitted_folds(tensors: Tensors) -> FoldNumbers:
    """Return the fold of each fitted row; versions from before there were folds have none."""
    rows = tensors["fitted_rows"]
    folds = tensors.get("fitted_folds", np.full(rows.size, NO_FOLD, dtype=np.uint8))
    if folds.shape != rows.shape or folds.dtype != np.uint8:
        raise ValueError(f"expected a fold of each of {rows.size} fitted rows, got {folds.shape=}")
    return folds


def described_network(package: Package) -> dict[str, Any]:
    """Return the shape of the network, as the card tells it; `scorer_from` builds by it."""
    network = package.network
    return {
        "head": network.head_name,
        "hidden": list(network.hidden),
        "members": network.members,
        "dropout": network.dropout,
        "embedding": network.embedding.description,
        "limit": network.embedding.limit,
        "passes": len(package.masks),
    }


def scorer_from(card: dict[str, Any], tensors: Tensors, encoding: Encoding, *, device: str) -> Scorer:
    """Build the scorer of a card, its tensors and its schema; whatever does not fit raises."""
    schema = FeatureSchema(
        encoding=encoding, centre=tensors["scaling.centre"], scale=tensors["scaling.scale"]
    )
    neighbours = _inside("neighbours", tensors)
    median = tensors["legit_quantiles"][:, 50]
    return Scorer(
        schema=schema,
        passes=_passes(card, tensors, columns=len(schema.columns), device=device),
        calibrator=calibrator_from(card["calibration"]["kind"], _inside("calibration", tensors)),
        novelty=Novelty(**_inside("novelty", tensors)),
        neighbours=Neighbours(**neighbours | {"k": int(neighbours["k"].item())}),
        legit_median=schema.standardised(median[None, :-1], median[-1:])[0],
    )


def _passes(card: dict[str, Any], tensors: Tensors, *, columns: int, device: str) -> Passes:
    masks = tensors["masks"].astype(np.bool_)
    if masks_sha256(masks) != card["masks_sha256"]:
        raise ArtifactRefused(f"model {card['version']}: the dropout masks are not those its card names")
    told = card["network"]
    embedding = embedding_from(told["embedding"], columns=columns, limit=told["limit"])
    shape = {name: told[name] for name in ("hidden", "dropout", "members", "head")}
    network = Mlp(embedding=embedding, **shape).double()
    state = _inside("network", tensors)
    rows = state[FIRST_ROWS]
    first = np.zeros((*rows.shape, told["hidden"][0]))
    first[rows] = state[FIRST_LAYER]
    state[FIRST_LAYER] = first
    network.load_state_dict({name: torch.tensor(state[name]) for name in network.state_dict()})
    return Passes(network, masks, device=choose_device(device))


def _small(values: NDArray[Any]) -> NDArray[Any]:
    """Return the same numbers in single precision, in which they were trained, where nothing is lost."""
    single = values.astype(np.float32) if values.dtype == np.float64 else values
    return single if np.array_equal(single, values) else values


def _of(owner: object, *names: str) -> Tensors:
    return {name: getattr(owner, name) for name in names}


def _within(group: str, tensors: Tensors) -> Tensors:
    return {f"{group}.{name}": tensor for name, tensor in tensors.items()}


def _inside(group: str, tensors: Tensors) -> dict[str, Any]:
    prefix = f"{group}."
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
