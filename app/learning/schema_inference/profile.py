"""The texts of one column: how often each stands there, and which of them stand for nothing."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

#: What stands for nothing in any column.
NOTHING = frozenset(
    {"NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "Null", "None", "?", "-", "\\N", "<NA>", "#N/A"}
)
#: Beside numbers and moments, few words of another kind stand for nothing, too.
MOST_STRAY_WORDS = 3
_BEGINS_AS_NUMBER = re.compile(r"[+-]?[.,]?[0-9]", re.ASCII)
_CODE_OF_TWO = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One column of the sample."""

    name: str
    #: Shape (sampled rows,).
    texts: Sequence[str]
    #: How often each text stands there that says something.
    counts: Mapping[str, int]
    #: Words of the file that stand for nothing; nothing itself is none of them.
    nothing: tuple[str, ...]

    @property
    def present(self) -> int:
        """In how many rows something stands."""
        return sum(self.counts.values())

    @property
    def missing(self) -> int:
        """In how many rows nothing stands."""
        return len(self.texts) - self.present

    @property
    def distinct(self) -> int:
        """How many different texts there are."""
        return len(self.counts)

    @property
    def missing_share(self) -> float:
        """Share of rows in which nothing stands."""
        return self.missing / max(len(self.texts), 1)

    @property
    def is_whole(self) -> bool:
        """Whether something stands in each row."""
        return not self.missing and bool(self.texts)


def profile_of(name: str, texts: Sequence[str]) -> Profile:
    """Return the profile of a column; texts of blanks alone stand for nothing."""
    counts = Counter(texts)
    nothing = {text for text in counts if text in NOTHING or (text and not text.strip())}
    others = [text for text in counts if text not in nothing and text.strip()]
    if "NA" in nothing and len(others) > 1 and all(_CODE_OF_TWO.fullmatch(text) for text in others):
        nothing.discard("NA")  # Namibia among countries
    nothing |= set(_stray(others))
    return Profile(
        name=name,
        texts=texts,
        counts={text: count for text, count in counts.items() if text and text not in nothing},
        nothing=tuple(sorted(nothing)),
    )


def without(profile: Profile, nothing: Sequence[str]) -> Profile:
    """Return the profile of a column in which these texts stand for nothing, too."""
    return replace(
        profile,
        counts={text: count for text, count in profile.counts.items() if text not in nothing},
        nothing=tuple(sorted({*profile.nothing, *nothing})),
    )


def _stray(words: Sequence[str]) -> Sequence[str]:
    """Return the few words without a digit where all others begin as a number does."""
    stray = [word for word in words if not any(sign.isdigit() for sign in word)]
    if not stray or len(stray) > MOST_STRAY_WORDS or len(words) < 10 * len(stray):
        return ()
    others = set(words) - set(stray)
    return stray if all(_BEGINS_AS_NUMBER.match(word) for word in others) else ()
