"""Models as folders: `models/<version>/` holds tensors, a card and the first policy; never pickle.

`model.safetensors` holds every number that scores; `card.json` says where it comes from and carries
the fingerprints of the other files; `policy.json` holds the policy the model starts with;
`calibration.safetensors` holds scores of rows by members that never saw them, on which further promises are
set, and
`feed.safetensors` what the training rows look like as a whole (older versions lack them). All of it is
checked at load: fingerprints, masks, and the scores of synthetic golden vectors.
"""

from app.artifacts.calibration import calibration_part
from app.artifacts.feed import add_feed, read_feed
from app.artifacts.fitted import folds_of
from app.artifacts.folders import list_models, newest_model, next_version
from app.artifacts.loading import load_model
from app.artifacts.model import REPORT, ArtifactRefused, Model, Package
from app.artifacts.saving import save_model

__all__ = [
    "REPORT",
    "ArtifactRefused",
    "Model",
    "Package",
    "add_feed",
    "calibration_part",
    "folds_of",
    "list_models",
    "load_model",
    "newest_model",
    "next_version",
    "read_feed",
    "save_model",
]
