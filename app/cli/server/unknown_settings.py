"""Variables that look like settings of ours and that nothing reads, such as TERTIUM_PROT."""

from collections.abc import Iterable
from difflib import get_close_matches

from app.cli.server.environment import READ_ELSEWHERE
from app.settings import PREFIX, Settings


def known_settings() -> frozenset[str]:
    """Return the name of every variable that something reads."""
    return READ_ELSEWHERE | {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def unknown_settings(environment: Iterable[str]) -> dict[str, str | None]:
    """Return the names that nothing reads, each with the setting that was probably meant, if any."""
    known = known_settings()
    given = sorted(name for name in environment if name.upper().startswith(PREFIX))
    return {name: _meant(name, known) for name in given if name.upper() not in known}


def _meant(name: str, known: frozenset[str]) -> str | None:
    words = sorted(each.removeprefix(PREFIX) for each in known)
    likest = get_close_matches(name.upper().removeprefix(PREFIX), words, n=1, cutoff=0.7)
    return f"{PREFIX}{likest[0]}" if likest else None
