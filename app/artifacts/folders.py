"""Which model versions a folder holds."""

from datetime import date
from pathlib import Path

from app.artifacts.model import CARD, ArtifactRefused


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
