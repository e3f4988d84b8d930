"""What each value of a policy's document means and in which unit: one wording for files and the API."""

from collections.abc import Mapping

#: By the value's path in the document.
MEANINGS: Mapping[str, str] = {
    "model_version": "The one model version on whose scale the bounds were set.",
    "approve_at_most": "Approve at or below this evidence for fraud (logit).",
    "decline_at_least": "Decline at or above this evidence for fraud (logit).",
    "approve_legit_at_least": "Approve only at or above this evidence for legit (logit).",
    "decline_legit_at_most": "Decline only at or below this evidence for legit (logit).",
    "spread_at_most": "Decide only up to this spread over the dropout passes (logits).",
    "mutual_information_at_most": "Decide only up to this mutual information of the passes (nats).",
    "novelty_at_most": "Decide only up to this novelty (percentile of the training data, 0 to 100).",
    "expected_loss_at_most": (
        "Approve only up to this expected loss, P(fraud) x (amount + costs.overhead) (currency)."
    ),
    "audit_share_approved": "Share of approvals a person looks at all the same (0 to 1).",
    "audit_share_declined": "Share of declines a person looks at all the same (0 to 1).",
    "audit_share_near": "Share of approvals near the approve bound a person looks at (0 to 1).",
    "near_width": "Near means closer to the approve bound than this (logits); 0: nothing is near.",
    "patience_minutes": "Waiting this long makes a case e times more urgent (minutes).",
    "deadline_fallback": "What an unknown becomes at its deadline: wait, approve or decline.",
    "wrong_feed": "While a client's feed is found wrong: review (people judge its payments) or decide.",
    "costs.review": "One look by an analyst (currency).",
    "costs.overhead": "What a missed fraud costs beside its amount (currency).",
    "costs.friction": "Lost margin and goodwill of a declined good customer (currency).",
    "costs.detection_rate": "Share of reviewed frauds the analyst finds (0 to 1).",
    "costs.analyst_false_decline_rate": "Share of reviewed legits the analyst declines (0 to 1).",
    "staffing.analysts": "How many judge at the same time.",
    "staffing.minutes_per_review": "One look by an analyst (minutes).",
    "staffing.opens_hour": "The team starts (hour of the day, UTC, 0 to 24).",
    "staffing.closes_hour": "The team ends (hour of the day, UTC); as the start: it works all day.",
    "bands.amount_from": "These bounds hold for amounts from here to the next band (currency).",
}
