"""How a person wants the pages to be: language, clock and keys."""

from dataclasses import dataclass, field

from app.review.access.hotkeys import Hotkeys
from app.review.access.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a person has chosen; what they have not is their browser's, or usual."""

    language: Language | None = None
    #: Name of a time zone (IANA).
    zone: str | None = None
    hotkeys: Hotkeys = field(default_factory=Hotkeys)
