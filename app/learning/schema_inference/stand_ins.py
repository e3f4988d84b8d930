"""Numbers that stand for nothing, such as -1 or 9999: asked about, for their files never say so."""

import re
from dataclasses import dataclass

import numpy as np

from app.learning.schema_inference.draft import Draft
from app.learning.schema_inference.look import Look
from app.scoring.schema.feature import Feature, Kind

OPTION = "--nothing"
_NINES = re.compile(r"-?9{3,9}(?:[.,]0+)?")
_MINUS_ONE = re.compile(r"-1(?:[.,]0+)?")
#: A number that fewer rows hold hardly stands for anything.
FEWEST, LEAST_SHARE = 5, 0.002
#: Nines lie so many times above the next number, or they are one of them.
FAR = 3
_NUMBERS = frozenset({Kind.NUMERIC, Kind.COUNT, Kind.MONEY})


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A text that seems to stand for nothing in one column, in which share of the rows, and why."""

    text: str
    share: float
    why: str


def said_to_be_nothing(look: Look, said: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of the numbers that were said to stand for nothing seem to in this column."""
    stand_in = _stand_in(look)
    return (stand_in.text,) if stand_in is not None and stand_in.text in said else ()


def ask_about_stand_ins(draft: Draft) -> None:
    """Ask once for each number whether it stands for nothing, in the columns where it may."""
    found: dict[str, list[tuple[Look, StandIn]]] = {}
    for feature in draft.features:
        look = draft.looks[feature.in_file]
        stand_in = _stand_in(look) if _may_have_one(feature) else None
        if stand_in is not None and stand_in.text not in draft.answers.number:
            found.setdefault(stand_in.text, []).append((look, stand_in))
            draft.explain(
                feature.name,
                f"QUESTION: {stand_in.text} stands in {stand_in.share:.1%} of the rows and {stand_in.why}.",
                f"If nothing is known there: nothing = [{stand_in.text!r}] and missing = 'own value'.",
            )
    for text, columns in found.items():
        _, first = columns[0]
        where = ", ".join(f"{look.name} ({stand_in.share:.1%})" for look, stand_in in columns)
        draft.ask(
            f"[[features]] nothing {text}",
            f"does {text} mean that nothing is known? It stands in {where} of the rows, and {first.why}."
            " Until that is said it is read as a number.",
            [look for look, _ in columns],
            f"{OPTION}={text} or --number={text}",
        )


def _may_have_one(feature: Feature) -> bool:
    return feature.kind in _NUMBERS


def _stand_in(look: Look) -> StandIn | None:
    """Return the number that seems to stand for nothing; None: there is none."""
    if look.numbers is None or look.profile.distinct < 3:
        return None
    least, most = float(look.known.min()), float(look.known.max())
    for text, count in look.profile.counts.items():
        share = count / len(look.profile.texts)
        if count < FEWEST or share < LEAST_SHARE:
            continue
        if _MINUS_ONE.fullmatch(text) and least == -1 and not ((look.known < 0) & (look.known != -1)).any():
            return StandIn(text=text, share=share, why="nothing else is below 0")
        if _NINES.fullmatch(text) and (why := _is_far(look, text, least, most)):
            return StandIn(text=text, share=share, why=why)
    return None


def _is_far(look: Look, text: str, least: float, most: float) -> str:
    """Return why nines are none of the other numbers; empty: they may be one."""
    if text.startswith("-"):
        others = look.known[look.known > least]
        is_least = bool(np.count_nonzero(look.known == least) == look.profile.counts[text])
        return "nothing else is below 0" if is_least and least < 0 <= others.min() else ""
    others = look.known[look.known < most]
    is_most = bool(np.count_nonzero(look.known == most) == look.profile.counts[text])
    next_one = float(others.max())
    return f"the next number is {next_one:g}" if is_most and most > FAR * max(next_one, 1) else ""
