"""What the other columns are: kinds of features, or nothing a model could read, with the reason."""

import numpy as np

from app.learning.schema_inference import names
from app.learning.schema_inference.amount import has_cents, looks_like_money
from app.learning.schema_inference.draft import Draft
from app.learning.schema_inference.look import Look, is_shaped_as_id
from app.learning.schema_inference.times import ask_for_order
from app.scoring.schema.feature import LARGEST, Feature, Kind, Missing
from app.scoring.schema.schema import AMOUNT, ISO, MOST_FEATURES, OCCURRED_AT

RESERVED = frozenset({AMOUNT, OCCURRED_AT})
#: A column in which less stands teaches nothing.
LEAST_PRESENT = 0.005
#: From this share of different words on each tells its own payment, and no group of them.
MOST_DISTINCT_WORDS = 0.5
LONGEST_WORD = 100
#: More codes, and more than half of the rows have one of their own: nothing is learned from them.
MOST_CODES = 1_000
#: Moments later than the payment in so many rows were not known when it came.
MOST_LATER = 0.1


def guess_features(draft: Draft) -> None:
    """Make a feature of each column that is left, or ignore it with a reason."""
    for look in tuple(draft.left()):
        if reason := _unreadable(look):
            draft.ignore(look, reason)
        elif len(draft.features) == MOST_FEATURES:
            draft.ignore(look, f"a schema has {MOST_FEATURES} features at most")
        elif look.moments is not None:
            _take_moment(draft, look)
        else:
            kind, reason = _kind(look)
            _take(draft, look, kind, reason)
    _ask_about_fraud(draft)


def _ask_about_fraud(draft: Draft) -> None:
    """Ask when columns that speak of fraud were written: what was found out later is no feature."""
    for feature in draft.features:
        if names.says_fraud(feature.in_file) and not feature.known_before:
            draft.ask(
                f"[[features]] known_before {feature.name}",
                f"was {feature.name} known before the payment was decided? Its name speaks of fraud."
                " Until that is said it is read.",
                [draft.looks[feature.in_file]],
                "--known-before COLUMN or --ignore COLUMN",
            )


def _unreadable(look: Look) -> str:
    """Return why no model could read a column; empty: it can."""
    profile = look.profile
    if not profile.present:
        return "is empty"
    if profile.distinct == 1 and profile.is_whole:
        return f"is {next(iter(profile.counts))!r} in each row"
    if 1 - profile.missing_share < LEAST_PRESENT:
        return f"is missing in {profile.missing_share:.1%} of the rows"
    if look.moments is not None:
        return ""
    return _unreadable_texts(look) if look.numbers is None else _unreadable_numbers(look)


def _unreadable_texts(look: Look) -> str:
    profile = look.profile
    if np.mean([len(text) for text in profile.counts]) > LONGEST_WORD:
        return "holds long texts, which no model reads here"
    if profile.distinct > max(10, MOST_DISTINCT_WORDS * profile.present):
        return _numbers_inside(look) or _told_apart(look)
    return ""


def _unreadable_numbers(look: Look) -> str:
    profile = look.profile
    if np.abs(look.known).max() > LARGEST:
        return f"holds numbers above {LARGEST:g}: no quantity, perhaps an identifier"
    differs = profile.distinct > MOST_DISTINCT_WORDS * profile.present
    if look.are_whole_numbers and look.is_long and differs:
        return "long whole numbers that differ nearly from row to row: an identifier, no quantity"
    if _are_codes(look) and differs and profile.distinct > MOST_CODES:
        why = f"begin with nought, such as {look.leading_zero}" if look.leading_zero else "by their name"
        different = f"{profile.distinct:,} different ones in {profile.present:,} rows"
        return f"codes ({why}), {different}: too many to learn"
    return ""


def _told_apart(look: Look) -> str:
    profile = look.profile
    different = f"{profile.distinct:,} different texts in {profile.present:,} rows"
    if is_shaped_as_id(look) and profile.distinct < profile.present:
        return f"{different}, made as ids are: where payments share them, name them in [entities]"
    return f"{different}: they tell single payments"


def _numbers_inside(look: Look) -> str:
    """Return what keeps numbers from being read, where each text holds one; empty: they hold none."""
    if look.has_numbers_inside:
        text = next(iter(look.profile.counts))
        return f"numbers with signs around them, such as {text!r}: write the numbers alone to have them read"
    return ""


def _take_moment(draft: Draft, look: Look) -> None:
    moments = look.moments
    if moments is None:
        return
    if moments.other_format:
        ask_for_order(draft, look, look.name)
    elif not draft.time:
        draft.ignore(look, "a moment is read as its distance from the payment, whose own time is not known")
    elif (later := _later_share(draft, look)) > MOST_LATER:
        draft.ignore(look, f"lies after the payment in {later:.0%} of the rows: not known when it came")
    else:
        written = "" if moments.time_format == ISO else moments.time_format
        _take(draft, look, Kind.TIME, "moments, hardly any later than the payment", time_format=written)


def _later_share(draft: Draft, look: Look) -> float:
    payment = draft.looks[draft.time].moments
    if payment is None or look.moments is None:
        return 0.0
    known = ~np.isnan(look.moments.seconds)
    return float(np.mean(look.moments.seconds[known] > payment.seconds[known]))


def _are_codes(look: Look) -> bool:
    """Whether whole numbers are codes: they begin with nought, or the name says so."""
    return look.are_whole_numbers and bool(look.leading_zero or names.says_code(look.name))


def _kind(look: Look) -> tuple[Kind, str]:
    """Return the kind of a column that is no moment, and why."""
    profile = look.profile
    if look.truths is not None:
        return Kind.BOOLEAN, f"two values, {' and '.join(look.truths)}"
    if look.numbers is None:
        why = f"{profile.distinct:,} different words, each in {_each(look):,.0f} rows or so"
        inside = _numbers_inside(look)
        return Kind.CATEGORY, f"{why}; they are {inside}" if inside else why
    if looks_like_money(look):
        reasons = ["its decimals"] * has_cents(look) + ["its name"] * names.says_money(look.name)
        return Kind.MONEY, f"money by {' and by '.join(reasons)}"
    if not look.are_whole_numbers:
        return Kind.NUMERIC, f"numbers from {look.known.min():g} to {look.known.max():g}"
    return _kind_of_whole_numbers(look)


def _kind_of_whole_numbers(look: Look) -> tuple[Kind, str]:
    profile, least, most = look.profile, look.known.min(), look.known.max()
    if _are_codes(look):
        why = f"{look.leading_zero} begins with nought" if look.leading_zero else "its name speaks of codes"
        return Kind.CATEGORY, f"{profile.distinct:,} different whole numbers, and {why}"
    if least >= 0 and (names.says(look.name, names.COUNT) or most > 10 * max(np.median(look.known), 1)):
        return Kind.COUNT, f"whole numbers from {least:g} to {most:g}"
    return Kind.NUMERIC, f"whole numbers from {least:g} to {most:g}; were they codes, kind would be category"


def _each(look: Look) -> float:
    return look.profile.present / look.profile.distinct


def _take(draft: Draft, look: Look, kind: Kind, reason: str, *, time_format: str = "") -> None:
    profile = look.profile
    name = _free_name(draft, look.name)
    yes, no = look.truths if kind is Kind.BOOLEAN and look.truths is not None else ("", "")
    draft.features.append(
        Feature(
            name=name,
            column="" if name == look.name else look.name,
            kind=kind,
            missing=Missing.OWN_VALUE if profile.missing else Missing.REFUSED,
            sensitive=names.says_person(look.name),
            known_before=look.name in draft.answers.known_before,
            true=(yes,) if yes else (),
            false=(no,) if no else (),
            nothing=profile.nothing,
            time_format=time_format,
        )
    )
    draft.explain(name, f"Guessed: {reason}.")
    if profile.missing:
        words = [text for text in profile.nothing if text.strip()]
        stand = "stands" if len(words) == 1 else "stand"
        meant = f"; {' and '.join(words)} {stand} for nothing" if words else ""
        draft.explain(name, f"Missing in {profile.missing_share:.1%} of the rows{meant}.")


def _free_name(draft: Draft, column: str) -> str:
    name = names.feature_name(column, RESERVED)
    taken = {each.name for each in draft.features}
    number = 2
    while name in taken:
        name = f"{names.feature_name(column, RESERVED)} {number}"
        number += 1
    return name
