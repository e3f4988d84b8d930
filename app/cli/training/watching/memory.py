"""How much memory a command has needed."""

import resource
import sys

#: Bytes in the unit of `ru_maxrss`: kibibytes, on macOS bytes.
_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_gib() -> float:
    """Return the most memory in GiB that this process, or one it waited for, has held so far."""
    of_all = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in of_all) * _UNIT / 2**30
