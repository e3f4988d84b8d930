"""The keys of the review page as somebody has them: one letter a move, none for two, or no letters at all.

Keys of one letter fire by accident for those who speak to their machine or whose hand trembles; so each can
be changed, and all can be switched off (WCAG 2.1.4).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Move(StrEnum):
    """What a key of the review page does."""

    FRAUD = "fraud"
    LEGIT = "legit"
    ESCALATE = "escalate"
    SKIP = "skip"
    UNDO = "undo"
    NOTE = "note"
    COMMENT = "comment"
    HELP = "help"


USUAL: Mapping[Move, str] = MappingProxyType(
    {
        Move.FRAUD: "f",
        Move.LEGIT: "l",
        Move.ESCALATE: "e",
        Move.SKIP: "s",
        Move.UNDO: "z",
        Move.NOTE: "n",
        Move.COMMENT: "c",
        Move.HELP: "?",
    }
)
#: Digits choose reasons; other signs lie elsewhere on every keyboard.
_POSSIBLE = re.compile("[a-z?]?")


class KeyImpossible(Exception):
    """A key is one letter from a to z, or the question mark, or nothing."""

    def __init__(self, move: Move) -> None:
        super().__init__()
        self.move = move


class KeyTaken(Exception):
    """One key cannot do two things."""

    def __init__(self, key: str, moves: tuple[Move, Move]) -> None:
        super().__init__()
        self.key, self.moves = key, moves


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotkeys:
    """Which key does what; an empty one does nothing. Raises `KeyImpossible` and `KeyTaken`."""

    #: Of every move.
    keys: Mapping[Move, str] = field(default_factory=lambda: USUAL)
    #: Whether keys of one letter, digit or sign do anything at all.
    are_on: bool = True

    def __post_init__(self) -> None:
        taken: dict[str, Move] = {}
        for move in Move:
            key = self.keys[move]
            if not _POSSIBLE.fullmatch(key):
                raise KeyImpossible(move)
            if key and key in taken:
                raise KeyTaken(key, (taken[key], move))
            taken[key] = move

    def key(self, move: Move) -> str:
        """Return the key of a move as it is to be pressed; empty where none does it."""
        return self.keys[move] if self.are_on else ""


def typed_keys(typed: Mapping[Move, str], *, are_on: bool) -> Hotkeys:
    """Return the keys that were typed, in either case; raises `KeyImpossible` and `KeyTaken`."""
    return Hotkeys(keys={move: typed[move].strip().lower() for move in Move}, are_on=are_on)
