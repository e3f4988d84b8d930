"""Keyboards and input methods, what they send for each of the desk's keys, and what is meant by it.

`python -m tests.journeys.keyboards` prints the table that `docs/keyboards.md` holds.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: What the desk's keys do, by the character that is meant.
EFFECTS: Mapping[str, str] = {
    "F": "fraud", "L": "legit", "E": "escalate", "S": "skip", "Z": "undo", "N": "note", "?": "help",
    "1": "reason 1", "2": "reason 2", "3": "reason 3", "4": "reason 4", "5": "reason 5", "6": "reason 6",
}  # fmt: skip
LETTERS = "FLESZN"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One key pressed: what the browser says of it, and what comes of it."""

    key: str
    code: str
    effect: str
    shift: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    def sent(self) -> dict[str, Any]:
        """Return what the event is made of."""
        return {"key": self.key, "code": self.code, "shiftKey": self.shift, **self.more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard:
    """What a keyboard types for each of the desk's letters, digits and the question mark."""

    name: str
    #: For F, L, E, S, Z, N: what is typed, and by which key; a key is named as on a US keyboard.
    letters: str
    places: str = "FLESZN"
    #: For 1 to 6, without Shift.
    digits: str = "123456"
    help: tuple[str, str] = ("?", "Slash")
    #: Typed where a US keyboard has the desk's letters, and meant as no key of the desk.
    others: str = ""

    def strokes(self) -> Iterator[Stroke]:
        """Return each of the desk's keys, with Caps Lock and without, and what must do nothing."""
        for meant, typed, place in zip(LETTERS, self.letters, self.places, strict=True):
            code, effect = CODES.get(place, f"Key{place}"), EFFECTS[meant]
            yield Stroke(key=typed, code=code, effect=effect)
            yield Stroke(key=typed.upper(), code=code, effect=effect, more={"modifierCapsLock": True})
            yield Stroke(key=typed.upper(), code=code, effect=effect, shift=True)
            for held in HELD:
                yield Stroke(key=typed, code=code, effect=NOTHING, more=held)
        for number, typed in enumerate(self.digits, start=1):
            yield Stroke(key=typed, code=f"Digit{number}", effect=EFFECTS[str(number)])
            yield Stroke(key=typed, code=f"Digit{number}", effect=NOTHING, more={"modifierAltGraph": True})
        yield Stroke(key=self.help[0], code=self.help[1], effect=EFFECTS["?"], shift=True)
        for place, typed in zip("FLESZN", self.others, strict=False):
            if typed != " ":
                yield Stroke(key=typed, code=f"Key{place}", effect=NOTHING)

    def row(self) -> list[str]:
        """Return its row of the table: the key that means each letter, digit and the question mark."""
        pairs = zip(self.letters, self.places, strict=True)
        return [
            self.name,
            *(f"{typed} ({place})" for typed, place in pairs),
            " ".join(self.digits),
            self.help[0],
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to write by which no stroke is a key of the desk."""

    name: str
    keys: str | tuple[str, ...]
    more: Mapping[str, Any]

    def strokes(self) -> Iterator[Stroke]:
        """Return what it sends at the place of each of the desk's letters and of a digit."""
        for place, key in zip((*LETTERS, "1"), self.keys, strict=True):
            code = f"Digit{place}" if place.isdigit() else f"Key{place}"
            yield Stroke(key=key, code=code, effect=NOTHING, more=self.more)


CODES: Mapping[str, str] = {";": "Semicolon", "/": "Slash"}
#: Held with a key, or said of it: then it means nothing.
HELD: tuple[Mapping[str, Any], ...] = (
    {"modifierAltGraph": True},
    {"ctrlKey": True, "altKey": True},
    {"ctrlKey": True, "altKey": True, "modifierAltGraph": True},
    {"ctrlKey": True},
    {"altKey": True},
    {"metaKey": True},
    {"repeat": True},
    {"isComposing": True},
    {"keyCode": 229},
)

KEYBOARDS = (
    Keyboard(name="US QWERTY", letters="fleszn"),
    Keyboard(
        name="French AZERTY",
        letters="fleszn",
        places="FLESWN",
        digits="&é\"'(-",
        help=("?", "KeyM"),
        others="    w",
    ),
    Keyboard(name="German QWERTZ", letters="fleszn", places="FLESYN", help=("?", "Minus"), others="    y"),
    Keyboard(
        name="Czech QWERTZ",
        letters="fleszn",
        places="FLESYN",
        digits="+ěščřž",
        help=("?", "Comma"),
        others="    y",
    ),
    Keyboard(name="Dvorak", letters="fleszn", places="YPD;/L", help=("?", "BracketLeft"), others="u .o;b"),
    Keyboard(name="Colemak", letters="fleszn", places="EUKDZJ", others="ti r k"),
    Keyboard(name="Turkish F", letters="fleszn", places="QLDMNI", help=("?", "Minus"), others="a ğij "),
    Keyboard(name="Polish", letters="fleszn", others="đłęśżń"),
    Keyboard(name="Russian", letters="адуыят", help=("?", "Digit7")),
    Keyboard(name="Bulgarian", letters="овеяюх"),
    Keyboard(name="Greek", letters="φλεσζν"),
    Keyboard(name="Hebrew", letters="כךקדזמ"),
    Keyboard(name="Arabic", letters="بمثسئى", digits="١٢٣٤٥٦", help=("؟", "Slash")),
    Keyboard(name="Persian", letters="بمثسظد", digits="۱۲۳۴۵۶", help=("؟", "Slash")),
    Keyboard(
        name="Hindi InScript",
        letters="\u093f\u0924\u093e\u0947\u0946\u0932",
        digits="१२३४५६",
        help=("य़", "Slash"),
    ),
    Keyboard(name="Thai Kedmanee", letters="ดสำหผื", digits="ๅ/-ภถุ", help=("?", "KeyM")),
    Keyboard(name="Japanese kana", letters="はりいとつみ", digits="ぬふあうえお", help=("・", "Slash")),
    Keyboard(name="Korean", letters="ㄹㅣㄷㄴㅋㅜ"),
    Keyboard(name="Chinese Bopomofo", letters="ㄑㄠㄍㄋㄈㄙ", digits="ㄅㄉˇˋㄓˊ"),
)

METHODS = (
    Method(name="a dead key", keys=("Dead",) * 7, more={}),
    Method(name="an input method at work (Process)", keys=("Process",) * 7, more={"keyCode": 229}),
    Method(name="the same, without its key code", keys=("Process",) * 7, more={}),
    Method(name="a key nobody knows (Unidentified)", keys=("Unidentified",) * 7, more={}),
    Method(name="the Compose key", keys=("Compose",) * 7, more={}),
    Method(name="Japanese romaji, composing", keys="fleszn1", more={"isComposing": True}),
    Method(name="Chinese Pinyin in WebKit (229)", keys="fleszn1", more={"keyCode": 229}),
    Method(name="Korean, composing", keys="ㄹㅣㄷㄴㅋㅜ1", more={"isComposing": True, "keyCode": 229}),
    Method(name="Polish AltGr", keys="đłęśżń≠", more={"modifierAltGraph": True}),
    Method(
        name="Croatian AltGr in Windows",
        keys="[ł€đ\\§~",
        more={"ctrlKey": True, "altKey": True, "modifierAltGraph": True},
    ),
    Method(name="Option of a Mac", keys="ƒ¬\u00b4ßΩ\u02dc¡", more={"altKey": True}),
    Method(name="a key held down", keys="fleszn1", more={"repeat": True}),
)


def table() -> str:
    """Return the tables of the documentation."""
    head = ["Keyboard", *LETTERS, "1 to 6", "?"]
    lines = [head, ["---"] * len(head), *(keyboard.row() for keyboard in KEYBOARDS)]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    never = "\n".join(f"- {method.name}: {' '.join(dict.fromkeys(method.keys))}" for method in METHODS)
    return f"{rows}\n\nThese never do anything, at the place of whichever key:\n\n{never}\n"


if __name__ == "__main__":
    sys.stdout.write(table())
