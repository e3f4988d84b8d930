"""A value as TOML writes it."""

import json


def toml_value(value: str | float) -> str:
    """Return a text or a finite number as TOML writes it."""
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the one control character that JSON lets through.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
