"""The bounds and gates as a manager types them, and what they mean."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import Form

from app.triage.policy import Fallback, Policy
from app.triage.refusal import PolicyImpossible
from app.workflows.tuning import PolicyChanges

Typed = Annotated[str, Form(max_length=40)]

CALLED = {
    "approve_at_most": "the approve bound",
    "decline_at_least": "the decline bound",
    "spread_at_most": "the limit on the spread",
    "novelty_at_most": "the limit on the novelty",
    "audit_share_approved": "the share of approvals to audit",
    "audit_share_declined": "the share of declines to audit",
}
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdForm:
    """Every field as text, so that a mistake can be shown where it was typed; shares in percent."""

    approve_at_most: str
    decline_at_least: str
    spread_at_most: str
    novelty_at_most: str
    audit_share_approved: str
    audit_share_declined: str
    deadline_fallback: str
    reason: str

    @property
    def fallbacks(self) -> tuple[tuple[str, str], ...]:
        """What may become of an unknown at its deadline."""
        return FALLBACKS


FALLBACKS: tuple[tuple[str, str], ...] = (
    (Fallback.WAIT.value, "go on waiting"),
    (Fallback.APPROVE.value, "be approved"),
    (Fallback.DECLINE.value, "be declined"),
)


def sent_form(
    approve_at_most: Typed = "",
    decline_at_least: Typed = "",
    spread_at_most: Typed = "",
    novelty_at_most: Typed = "",
    audit_share_approved: Typed = "",
    audit_share_declined: Typed = "",
    deadline_fallback: Typed = "",
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
) -> ThresholdForm:
    """Return the form as it was sent."""
    return ThresholdForm(
        approve_at_most=approve_at_most,
        decline_at_least=decline_at_least,
        spread_at_most=spread_at_most,
        novelty_at_most=novelty_at_most,
        audit_share_approved=audit_share_approved,
        audit_share_declined=audit_share_declined,
        deadline_fallback=deadline_fallback,
        reason=reason.strip(),
    )


def form_of(policy: Policy) -> ThresholdForm:
    """Return a policy's values as typed: exact, so that a bound nobody touched keeps its promise."""
    return ThresholdForm(
        approve_at_most=_typed(policy.approve_at_most),
        decline_at_least=_typed(policy.decline_at_least),
        spread_at_most=_typed(policy.spread_at_most),
        novelty_at_most=_typed(policy.novelty_at_most),
        audit_share_approved=_typed(_rounded(policy.audit_share_approved * 100)),
        audit_share_declined=_typed(_rounded(policy.audit_share_declined * 100)),
        deadline_fallback=policy.deadline_fallback.value,
        reason="",
    )


def changes_of(form: ThresholdForm) -> PolicyChanges:
    """Return what the form means; raises `PolicyImpossible` with the field that means nothing."""
    try:
        fallback = Fallback(form.deadline_fallback)
    except ValueError as why:
        raise PolicyImpossible("deadline_fallback", "Choose what becomes of an unknown.") from why
    return PolicyChanges(
        approve_at_most=_required("approve_at_most", form.approve_at_most),
        decline_at_least=_required("decline_at_least", form.decline_at_least),
        spread_at_most=_number("spread_at_most", form.spread_at_most),
        novelty_at_most=_number("novelty_at_most", form.novelty_at_most),
        audit_share_approved=_share("audit_share_approved", form.audit_share_approved),
        audit_share_declined=_share("audit_share_declined", form.audit_share_declined),
        deadline_fallback=fallback,
    )


def _number(field: str, text: str) -> float | None:
    plain = text.strip().replace("\u2212", "-").replace(",", ".")
    if not plain:
        return None
    try:
        return float(plain)
    except ValueError as why:
        raise PolicyImpossible(field, f"{CALLED[field].capitalize()} must be a number.") from why


def _required(field: str, text: str) -> float:
    value = _number(field, text)
    if value is None:
        raise PolicyImpossible(field, f"{CALLED[field].capitalize()} is missing.")
    return value


def _share(field: str, text: str) -> float:
    percent = _required(field, text)
    try:
        return float(Decimal(repr(percent)) / 100)
    except InvalidOperation as why:
        raise PolicyImpossible(field, f"{CALLED[field].capitalize()} must be a number.") from why


def _typed(value: float | None) -> str:
    return "" if value is None else repr(value).removesuffix(".0")


def _rounded(percent: float) -> float:
    return float(f"{percent:.10g}")
