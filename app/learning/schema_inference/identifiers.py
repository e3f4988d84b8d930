"""What tells one payment from another, what merely counts rows, and what a payment shares with others."""

from app.learning.schema_inference import names
from app.learning.schema_inference.draft import Draft
from app.learning.schema_inference.look import Look, is_shaped_as_id, shape_of
from app.learning.schema_inference.sample import AnswerRefused

ROLE = "[payment] id"
OPTION = "--id COLUMN"
#: Fewer different ones tell groups, not cards or devices; and so in large files is a share of the rows.
FEWEST, LEAST_SHARE = 10, 0.002


def guess_id(draft: Draft) -> None:
    """Take the id out of the columns, or ask. Raises `AnswerRefused` for one that cannot be it."""
    if draft.answers.id:
        look = draft.said(draft.answers.id, "the id")
        if not _is_unique(look) or look.destroyed:
            why = f"a spreadsheet destroyed it ({look.destroyed})" if look.destroyed else "it is not unique"
            raise AnswerRefused(f"{look.name!r} was said to be the id, and {why}")
        _take(draft, look, "it was said so")
        return
    for look in tuple(draft.left()):
        if look.is_row_index and not _is_named(look):
            draft.ignore(look, "counts the rows of the file")
    unique = [
        look for look in draft.left() if _is_unique(look) and not look.is_fraction and not look.destroyed
    ]
    named = [look for look in unique if _is_named(look)]
    shaped = [
        look for look in unique if is_shaped_as_id(look) and not shape_of(look) and look.moments is None
    ]
    of_payment = [look for look in named if look.words & names.PAYMENT or look.words <= names.ID]
    candidates = of_payment or named or shaped
    if len(candidates) == 1 and of_payment:
        _take(draft, candidates[0], "different in each row, and its name says it")
    elif candidates:
        differ = "Several differ in each row." if len(candidates) > 1 else "It differs in each row looked at."
        unnamed = "" if of_payment else _UNNAMED
        draft.ask(ROLE, f"which column is the payment's id? {differ}{unnamed}", candidates, OPTION)
        for look in candidates:
            draft.ignore(look, "may be the payment's id: different in each row")


_UNNAMED = (
    " No name speaks of a payment: what is a customer's, a card's or an account's differs, too, where each"
    " pays once. Where none is, leave the id out; rows are numbered then."
)


def _is_unique(look: Look) -> bool:
    return look.profile.is_whole and look.profile.distinct == len(look.profile.texts) > 1


def _is_named(look: Look) -> bool:
    """Whether the name speaks of an id, and not of a card's, a merchant's or a row's."""
    is_id = bool(look.words & names.ID) or (look.words <= names.PAYMENT and bool(look.words))
    return is_id and not names.entity_named(look.name) and not look.words & names.INDEX


def _take(draft: Draft, look: Look, reason: str) -> None:
    draft.id = look.name
    also = "; it counts the rows, so another file may have the same ids" if look.is_row_index else ""
    draft.explain(ROLE, f"Guessed: {reason}{also}.")


def guess_entities(draft: Draft) -> None:
    """Take what payments share out of the columns; what a spreadsheet destroyed is refused, and said."""
    found: dict[str, list[Look]] = {}
    for look in tuple(draft.left()):
        entity = shape_of(look) or names.entity_named(look.name)
        if not entity or look.truths is not None or look.moments is not None:
            continue
        if look.is_fraction and not look.is_long:
            continue
        if look.destroyed:
            draft.ignore(
                look,
                f"REFUSED as {entity}: a spreadsheet made {look.destroyed} of long numbers, which cannot be"
                " told apart any more; export the file again with this column as text",
            )
        elif _is_unique(look):
            draft.ignore(look, f"seems to be the {entity}, but each payment has another: nothing is shared")
        elif look.profile.distinct >= max(FEWEST, LEAST_SHARE * look.profile.present):
            found.setdefault(entity, []).append(look)
    for entity, looks in found.items():
        _take_entities(draft, entity, sorted(looks, key=lambda each: -each.profile.distinct))


def _take_entities(draft: Draft, entity: str, looks: list[Look]) -> None:
    for number, look in enumerate(looks):
        name = look.name if number else entity
        if name in draft.entities:
            name = f"{look.name} ({entity})"
        draft.entities[name] = look.name
        profile = look.profile
        why = "its values show it" if shape_of(look) else "its name says it"
        draft.explain(
            f"[entities] {name}",
            f"Guessed: {why}; {profile.distinct:,} different ones in {profile.present:,} rows looked at.",
        )
