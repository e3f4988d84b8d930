"""The languages that pages speak."""

import re
from enum import StrEnum

#: Longer than what any browser sends.
LONGEST_HEADER = 1000
_LIKING = r"(?:;\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
_WISH = re.compile(rf"\s*([a-zA-Z]{{2,8}})(?:-[a-zA-Z0-9-]+)?\s*{_LIKING}\s*")


class Language(StrEnum):
    """A language there is a catalogue of, by its code (ISO 639-1); English is what the code says."""

    ENGLISH = "en"
    GERMAN = "de"


def wished(header: str) -> Language:
    """Return the language of ours that a browser's `Accept-Language` likes best; English where it likes none.

    >>> wished("fr-CH, de;q=0.8, en;q=0.5").value
    'de'
    """
    likings: dict[Language, float] = {}
    for part in header[:LONGEST_HEADER].split(","):
        found = _WISH.fullmatch(part)
        if found is None or found[1].lower() not in set(Language):
            continue
        language = Language(found[1].lower())
        likings[language] = max(likings.get(language, 0.0), float(found[2] or 1))
    # Of two that are liked alike, the one named first.
    best = max(likings, key=lambda each: likings[each], default=Language.ENGLISH)
    return best if likings.get(best, 0.0) > 0 else Language.ENGLISH
