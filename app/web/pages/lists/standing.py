"""What stands of an entity, for the page of the entity."""

from datetime import datetime
from urllib.parse import quote

from app.database.payments.lists.entries import ListedEntry
from app.review.access.people import Account
from app.review.lists.entry import EntityKind
from app.triage.labels import Listed
from app.web.languages.sentences import marked, worded
from app.web.pages.entity_address import encoded
from app.web.pages.lists.view import KINDS, PLACE, StandingView, entry_view
from app.workflows.cases.entity_lists import may_list

VERBS = {Listed.BLOCK: marked("Block"), Listed.ALLOW: marked("Allow")}


def new_address(effect: Listed, kind: EntityKind, value: str) -> str:
    """Return where an entity is listed."""
    return f"{PLACE}/new?effect={effect.value}&kind={kind.value}&of={quote(encoded(value))}"


def standing_view(
    listed: ListedEntry | None, kind: EntityKind, value: str, *, account: Account, now: datetime
) -> StandingView:
    """Return what stands, and where the reader may list it while nothing does."""
    return StandingView(
        entry=entry_view(listed, now) if listed is not None else None,
        links=()
        if listed is not None
        else tuple(
            (
                worded("%(effect)s this %(kind)s\u2026", effect=VERBS[effect], kind=KINDS[kind]),
                new_address(effect, kind, value),
            )
            for effect in may_list(account)
        ),
    )
