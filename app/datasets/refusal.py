"""The one error of data files, and how what stands in a file is shown: no byte of it steers a terminal."""

# Longer texts are cut: enough to find the cell by.
LONGEST_SHOWN = 60
# Enough to see what is wrong; a file of another kind would miss every column.
MOST_TOLD = 10


class DatasetRefused(ValueError):
    """A data file cannot be had, lacks what is needed or holds what cannot be; each sentence says where."""

    def __init__(self, *faults: str) -> None:
        left_out = len(faults) - MOST_TOLD
        more = (f"... and {left_out} more",) if left_out > 0 else ()
        super().__init__(".\n".join((*faults[:MOST_TOLD], *more)))
        #: All of them, one sentence each, without its full stop.
        self.faults = faults


def shown(text: str) -> str:
    """Return a text of a file for a terminal: cut, and what cannot be seen or steers written as escapes."""
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return shown_line(cut)


def shown_line(text: str) -> str:
    """Return a whole sentence, others' words in it, so that no sign of it steers a terminal."""
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)


def quoted(text: str) -> str:
    """Return a text as `shown`, in quotation marks; `nothing` where there is none."""
    return f"'{shown(text)}'" if text else "nothing"


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape", errors="backslashreplace").decode("ascii")
