"""The feed reference of a model version as a file, and adding one to a version that has none."""

import json
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

import numpy as np
import safetensors.numpy

from app.artifacts.model import CARD, FEED, SCHEMA, ArtifactRefused
from app.artifacts.schema import encoding_of
from app.scoring.feed.columns import watched_names
from app.scoring.feed.reference import FeedReference

#: Another format when the signs or their order change: their shares lie in the file by place.
FEED_FORMAT = 1
_ARRAYS = tuple(field.name for field in fields(FeedReference) if field.name != "names")


def feed_bytes(reference: FeedReference) -> bytes:
    """Return the reference as a safetensors file; the names of its columns are in the model's card."""
    arrays = {name: np.ascontiguousarray(getattr(reference, name)) for name in _ARRAYS}
    return safetensors.numpy.save(arrays | {"format": np.array([FEED_FORMAT])})


def feed_from(content: bytes, names: tuple[str, ...]) -> FeedReference:
    """Read a reference for these columns; whatever does not fit raises."""
    arrays = safetensors.numpy.load(content)
    if int(arrays["format"][0]) != FEED_FORMAT:
        raise ValueError(f"the feed reference has format {arrays['format'][0]}, not {FEED_FORMAT}")
    return FeedReference(names=names, **{name: arrays[name] for name in _ARRAYS})


def read_feed(folder: Path) -> FeedReference | None:
    """Return the reference of a version without loading the model; None where it has none.

    Raises `ArtifactRefused` when the folder is no model's, or the file is not the one its card names.
    """
    try:
        card = json.loads((folder / CARD).read_bytes())
        if FEED not in card["files"]:
            return None
        content = (folder / FEED).read_bytes()
        if sha256(content).hexdigest() != card["files"][FEED]:
            raise ArtifactRefused(
                f"model {folder.name}: {FEED} is not the file its card names (sha256 differs)"
            )
        schema = (folder / SCHEMA).read_bytes() if SCHEMA in card["files"] else None
        return feed_from(content, watched_names(encoding_of(card, schema)))
    except (OSError, KeyError, ValueError) as why:
        if isinstance(why, ArtifactRefused):
            raise
        raise ArtifactRefused(f"model {folder.name}: {FEED} is damaged or unreadable") from why


def add_feed(folder: Path, reference: FeedReference) -> str:
    """Write a reference into a version that has none, name it in the card, and return its fingerprint.

    Nothing that scores or decides is touched. The same reference again changes nothing. Raises
    `ArtifactRefused` when the version has another one: versions never change.
    """
    content = feed_bytes(reference)
    fingerprint = sha256(content).hexdigest()
    card = json.loads((folder / CARD).read_bytes())
    known = card["files"].get(FEED, fingerprint)
    if known != fingerprint:
        raise ArtifactRefused(f"model {folder.name} has another feed reference, and a version never changes")
    card["files"][FEED] = fingerprint
    _replace(folder / FEED, content)
    _replace(folder / CARD, (json.dumps(card, indent=1, allow_nan=False) + "\n").encode())
    return fingerprint


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.partial")
    draft.write_bytes(content)
    draft.replace(path)
