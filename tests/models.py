"""Model folders for tests: the shipped model, and itself again under other names."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

from app.artifacts import newest_model

MODELS = Path(__file__).parent.parent / "models"


def shipped_under(folder: Path, *versions: str) -> Path:
    """Write the shipped model into a folder under each of these versions; return the folder."""
    shipped = newest_model(MODELS)
    for version in versions:
        copy = folder / version
        shutil.copytree(shipped, copy)
        policy = json.loads((copy / "policy.json").read_text())
        policy["policy"]["model_version"] = version
        (copy / "policy.json").write_text(json.dumps(policy))
        card = json.loads((copy / "card.json").read_text())
        card["version"] = version
        card["files"]["policy.json"] = sha256((copy / "policy.json").read_bytes()).hexdigest()
        (copy / "card.json").write_text(json.dumps(card))
    return folder
