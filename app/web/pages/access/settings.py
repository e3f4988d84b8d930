"""What everybody sets for themselves: language of the pages, clock, and keys of the review page."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.review.access.hotkeys import USUAL, Hotkeys, KeyImpossible, KeyTaken, Move, typed_keys
from app.review.access.languages import Language
from app.review.access.preferences import Preferences
from app.web.dependencies import CHECKED, CurrentVisitor, Visitor
from app.web.languages.reader import zones
from app.web.languages.sentences import marked, worded
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render
from app.web.services import Access

router = APIRouter(include_in_schema=False)

HERE = "/my/settings"
#: Each in its own words: whoever looks for theirs may not read the one that is shown.
NAMES: Mapping[Language, str] = {Language.ENGLISH: "English", Language.GERMAN: "Deutsch"}
MOVES: Mapping[Move, str] = {
    Move.FRAUD: marked("Fraud"),
    Move.LEGIT: marked("Legit"),
    Move.ESCALATE: marked("Escalate"),
    Move.SKIP: marked("Skip"),
    Move.UNDO: marked("Undo"),
    Move.NOTE: marked("Write a note"),
    Move.COMMENT: marked("Write a comment"),
    Move.HELP: marked("Help"),
}
KEY_IMPOSSIBLE = marked(
    "The key for \u201c%(move)s\u201d must be one letter from A to Z, or a question mark."
)
KEY_TAKEN = marked(
    "%(key)s cannot do both: \u201c%(one)s\u201d and \u201c%(other)s\u201d. Nothing was saved."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a list."""

    value: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyField:
    """A move, and the key that does it."""

    name: str
    move: str
    key: str
    usual: str
    is_wrong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    """What somebody has chosen, or has typed where it could not be kept."""

    frame: Frame
    languages: tuple[Choice, ...]
    zones: tuple[Choice, ...]
    keys: tuple[KeyField, ...]
    are_keys_on: bool
    problem: str
    is_saved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the fields."""

    language: str
    zone: str
    keys: Mapping[Move, str]
    are_keys_on: bool


@router.get(HERE)
async def settings(visitor: CurrentVisitor, saved: bool = False) -> Response:
    """Show what this person has chosen."""
    chosen = visitor.account.preferences
    typed = Typed(
        language=chosen.language or "",
        zone=chosen.zone or "",
        keys=chosen.hotkeys.keys,
        are_keys_on=chosen.hotkeys.are_on,
    )
    return _page(visitor, typed, is_saved=saved)


@router.post(HERE, dependencies=CHECKED)
async def save(request: Request, access: Access, visitor: CurrentVisitor) -> Response:
    """Keep what was chosen; the same once more changes nothing."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    typed = Typed(
        language=form.get("language", ""),
        zone=form.get("zone", ""),
        keys={move: form.get(f"key.{move}", "") for move in Move},
        are_keys_on="keys_on" in form,
    )
    try:
        chosen = _chosen(typed)
    except KeyImpossible as refusal:
        problem = worded(KEY_IMPOSSIBLE, move=worded(MOVES[refusal.move]))
        return _page(visitor, typed, problem=problem, wrong=(refusal.move,))
    except KeyTaken as refusal:
        one, other = (worded(MOVES[move]) for move in refusal.moves)
        problem = worded(KEY_TAKEN, key=refusal.key.upper(), one=one, other=other)
        return _page(visitor, typed, problem=problem, wrong=refusal.moves)
    await access.accounts.prefer(visitor.account, chosen)
    return RedirectResponse(f"{HERE}?saved=true", status_code=303, headers={"Cache-Control": "no-store"})


def _chosen(typed: Typed) -> Preferences:
    """Return what was chosen; what no form of ours sends is nothing.

    Raises `KeyImpossible` and `KeyTaken`.
    """
    hotkeys: Hotkeys = typed_keys(typed.keys, are_on=typed.are_keys_on)
    return Preferences(
        language=Language(typed.language) if typed.language in set(Language) else None,
        zone=typed.zone if typed.zone in zones() else None,
        hotkeys=hotkeys,
    )


def _page(
    visitor: Visitor,
    typed: Typed,
    *,
    problem: str = "",
    wrong: tuple[Move, ...] = (),
    is_saved: bool = False,
) -> Response:
    around = frame(
        visitor.account,
        visitor.csrf_token,
        title=worded("My settings"),
        here=HERE,
        notices=visitor.notices,
    )
    page = settings_page(around, typed, problem=problem, wrong=wrong, is_saved=is_saved)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render("access/settings.html", page, status=status)


def settings_page(
    around: Frame,
    typed: Typed,
    *,
    problem: str = "",
    wrong: tuple[Move, ...] = (),
    is_saved: bool = False,
) -> SettingsPage:
    """Return the form with what stands in its fields."""
    return SettingsPage(
        frame=around,
        languages=tuple(
            Choice(value=each.value, name=NAMES[each], is_chosen=each == typed.language) for each in Language
        ),
        zones=tuple(
            Choice(value=name, name=name.replace("_", " "), is_chosen=name == typed.zone)
            for name in sorted(zones())
        ),
        keys=tuple(
            KeyField(
                name=f"key.{move}",
                move=worded(told),
                key=typed.keys[move].upper()[:8],
                usual=USUAL[move].upper(),
                is_wrong=move in wrong,
            )
            for move, told in MOVES.items()
        ),
        are_keys_on=typed.are_keys_on,
        problem=problem,
        is_saved=is_saved and not problem,
    )
