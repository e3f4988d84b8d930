"""Verdicts that measure quality: on cases reviewed twice, and on control cases."""

from dataclasses import dataclass

from app.review.outcome import GroundTruth


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One verdict of one person."""

    account_id: int
    group_id: int | None
    judgement: GroundTruth

    @property
    def group(self) -> tuple[int, int] | None:
        """What makes several verdicts one judgement."""
        return None if self.group_id is None else (self.account_id, self.group_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A case that two people judged, neither knowing of the other."""

    case_id: int
    first: Said
    second: Said
    #: With which probability chance asked for the second look; 1 where the exposure alone did.
    drawn_with: float | None
    has_ruling: bool
    #: What a senior colleague ruled; None while that waits, and where nobody had to.
    ruled: GroundTruth | None

    @property
    def is_same(self) -> bool:
        """Whether both said the same."""
        return self.first.judgement == self.second.judgement

    @property
    def verdicts(self) -> tuple[bool, bool]:
        """Whether each said fraud."""
        return self.first.judgement is GroundTruth.FRAUD, self.second.judgement is GroundTruth.FRAUD


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldAnswer:
    """A verdict on a control case."""

    said: Said
    truth: GroundTruth
    milliseconds: int

    @property
    def is_right(self) -> bool:
        """Whether they were right."""
        return self.said.judgement == self.truth
