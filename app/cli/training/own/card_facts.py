"""What a model's card says of the data it learned from, and the figures a command ends with."""

from typing import TYPE_CHECKING, Any

from app.cli.training.sample import SAMPLE_CHOICES, SAMPLE_LIMITS, SAMPLE_SHA256, SHIPPED_SEED, SOURCE

if TYPE_CHECKING:
    from app.cli.training.training_source import TrainingSource
    from app.learning.first_policy import Plan

LIMITS = (
    "the certificate's guarantee holds while transactions resemble the rows it rests on",
    "its figures are those of one parting of the rows; `tertium compare` tells how much they move",
    "thresholds were chosen for this model alone and mean nothing on another model's scale",
)
OF_STORED = (
    "a truth counts where the chance with which it became known is known, and weighs its inverse",
    "the certificate counts each known fraud once: of frauds that nobody looks for it says nothing",
)


def data_facts(source: "TrainingSource", plan: "Plan") -> dict[str, Any]:
    """Return what the card says of the data."""
    from app.learning.copies.told import different_frauds

    file, about = source.file, source.labelled.encoding.schema.about
    frauds = int(file.is_fraud.sum())
    is_sample = file.sha256 == SAMPLE_SHA256
    own_limits = OF_STORED if source.stored is not None else ()
    return {
        "source": SOURCE if is_sample else about or "the file named under `data`",
        "data": {
            "file": file.name,
            "sha256": file.sha256,
            "frauds": frauds,
            "different_frauds": different_frauds(file.origins, file.is_fraud),
            "legits": file.amounts.size - frauds,
            "legit_weight": plan.legit_weight,
            "weighted_fraud_rate": source.fraud_rate(plan.legit_weight),
        }
        | ({} if source.stored is None else {"stored_payments": source.stored}),
        "choices": SAMPLE_CHOICES if is_sample and plan.seed == SHIPPED_SEED else "chosen on other data",
        "limits": [
            *(SAMPLE_LIMITS if is_sample else ()),
            *(*LIMITS, *own_limits),
            *(each.sentence for each in source.leaks),
        ],
    }


def told_weights(facts: dict[str, Any], source: "TrainingSource") -> dict[str, Any]:
    """Return a card's facts with how rows of the database weigh, where it is them."""
    if source.stored is None:
        return facts
    metrics = facts["metrics"] | {"weights": "each row counts 1 / the chance with which it became known"}
    return facts | {"metrics": metrics}


def figures(facts: dict[str, Any]) -> dict[str, float]:
    """Return the calibration part's figures by name, for the command's last lines."""
    of_model = facts["metrics"]["calibration"]
    told = {name: of_model[name]["value"] for name in ("ap", "auroc", "nll", "brier", "augrc")}
    told["calibration_frauds"] = of_model["frauds"]
    for promise, outcome in facts["policies"].items():
        if isinstance(outcome, dict) and "novelty" not in promise:
            share = promise.removeprefix("miss at most ").removesuffix("%")
            told[f"shipped_review_rate_at_miss_{share}"] = outcome["calibration"]["review_rate"]
            told[f"shipped_miss_rate_at_miss_{share}"] = outcome["calibration"]["miss_rate"]
    return told
