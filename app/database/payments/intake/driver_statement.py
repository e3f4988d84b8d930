"""A statement that the driver prepares itself, once a connection, past SQLAlchemy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverStatement:
    """SQL with `$1`, `$2` ..., and the names of these parameters."""

    sql: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, written: str) -> "DriverStatement":
        """Return a statement written with `:name` where a parameter stands."""
        names = tuple(dict.fromkeys(_NAMED.findall(written)))
        places = {name: f"${place}" for place, name in enumerate(names, start=1)}
        return cls(sql=_NAMED.sub(lambda found: places[found[1]], written), names=names)

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in their places; raises KeyError where one is missing."""
        return [parameters[name] for name in self.names]
