"""The lists behind the figures of quality: verdicts, and whether each was upheld."""

from dataclasses import dataclass
from datetime import timedelta

from app.database.operations.verdict_lists import ListedVerdict, Listing
from app.review.case import Judgement
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.web.pages.quality.view import address
from app.web.pages.quality.wording import time
from app.workflows.operations.quality import VerdictList

TITLES: dict[Listing, str] = {
    Listing.JUDGED: marked("All verdicts"),
    Listing.ESCALATED: marked("Escalated to seniors"),
    Listing.LOOKED_TWICE: marked("Decided by two people"),
    Listing.DISAGREED: marked("Two people disagree"),
    Listing.OVERTURNED: marked("Overturned verdicts"),
    Listing.GOLD: marked("Control cases"),
    Listing.GOLD_WRONG: marked("Wrong where the truth was known"),
    Listing.CHANGED: marked("Changed after seeing the score"),
}
TONES = {Judgement.FRAUD: "fraud", Judgement.LEGIT: "legit", Judgement.ESCALATE: "unknown"}
SAID = {
    Judgement.FRAUD: marked("fraud"),
    Judgement.LEGIT: marked("legit"),
    Judgement.ESCALATE: marked("escalated"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """One verdict."""

    number: str
    record: str
    transaction_id: str
    amount: str
    author: str
    judged: str
    said: str
    tone: str
    in_sight: str
    beside: str
    #: None: kept from the reader for now.
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictsPage:
    """A page of the list."""

    frame: Frame
    title: str
    window: str
    back: str
    rows: tuple[VerdictRow, ...]
    #: Empty: the list begins here.
    newest: str
    #: Empty: there are no more.
    older: str


def verdicts_page(
    frame: Frame,
    found: VerdictList,
    *,
    listing: Listing,
    days: int,
    analyst: tuple[int, str] | None,
    is_first: bool,
) -> VerdictsPage:
    """Return a page of a list; `analyst` is whose verdicts these are, all people's where None."""
    account_id, name = analyst if analyst is not None else (None, "")
    older = address(listing, days, account_id, found.before_id) if found.before_id is not None else ""
    return VerdictsPage(
        frame=frame,
        title=f"{TITLES[listing]}, {name}" if name else TITLES[listing],
        window=worded(
            "%(since)s to %(until)s, the newest first",
            since=formatting.day(found.span.since),
            until=formatting.day(found.span.until),
        ),
        back=f"/quality?days={days}",
        rows=tuple(_row(each) for each in found.verdicts),
        newest="" if is_first else address(listing, days, account_id),
        older=older,
    )


def _row(each: ListedVerdict) -> VerdictRow:
    return VerdictRow(
        number=formatting.count(each.case_id),
        record=f"/cases/{each.case_id}",
        transaction_id=each.transaction_id,
        amount=formatting.money(each.amount, each.currency),
        author=each.author,
        judged=formatting.moment(each.judged_at),
        said=SAID[each.judgement],
        tone=TONES[each.judgement],
        in_sight=time_of(each),
        beside=beside(each),
        note=None if each.is_note_kept_back else each.note or "",
    )


def time_of(each: ListedVerdict) -> str:
    """Return how long it took, and that a group took one look."""
    told = time(timedelta(milliseconds=each.milliseconds))
    return worded("%(told)s, a group", told=told) if each.is_group else told


def beside(each: ListedVerdict) -> str:
    """Return what else was said of the case: first by the same person, then by others, last the truth."""
    told = []
    if each.provisional is not None:
        told.append(worded("first said %(provisional)s", provisional=worded(each.provisional)))
    if each.colleague is not None and each.colleague_said is not None:
        told.append(
            worded(
                "%(colleague)s said %(colleague_said)s",
                colleague=each.colleague,
                colleague_said=worded(each.colleague_said),
            )
        )
    if each.ruled is not None:
        told.append(worded("ruled %(ruled)s", ruled=worded(each.ruled)))
    if each.corrected is not None:
        told.append(worded("corrected to %(corrected)s", corrected=worded(each.corrected)))
    if each.truth is not None:
        told.append(worded("truth %(truth)s", truth=worded(each.truth)))
    return ", ".join(told)
