"""A first schema of a file, guessed in a process of its own, and looked through when it is sent."""

import asyncio
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.review.card_numbers.masking import without_card_numbers
from app.scoring.schema.document import schema_from
from app.scoring.schema.refusal import SchemaRefused
from app.workflows.jobs.child import run_child
from app.workflows.jobs.training_files import TrainingFiles

#: A guess reads a sample of the file; one that takes longer is not waited for.
PATIENCE_SECONDS = 120.0
#: Exit code of a guess that leaves something open.
ASKED = 3
#: Of a guess what must be said by somebody; stands among the comments of the schema.
QUESTION = re.compile(r"^\s*#.*QUESTION:\s*(.*)(?:\n\s*#\s*(Candidates: .+))?", re.MULTILINE)
ANSWERED_BY = re.compile(r"^\s*#\s*Answered by (.*)$", re.MULTILINE)
#: What can be said to a guess: names of columns, and ways of writing.
COLUMNS = ("label", "amount", "time", "id")
WRITINGS: Mapping[str, tuple[str, ...]] = {
    "dates": ("day-first", "month-first"),
    "decimals": ("decimal-comma", "decimal-point"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A schema of a file as it may be changed, and what is still open in it."""

    text: str
    #: Why there is no text; empty where there is.
    problem: str


class SchemaGuesses:
    """Guesses schemas, one at a time: each takes a processor for some seconds."""

    def __init__(self, files: TrainingFiles, words: Sequence[str]) -> None:
        self._files = files
        self._words = words
        self._turn = asyncio.Lock()

    async def of(self, name: str, answers: Mapping[str, str]) -> Guess:
        """Return the schema beside a file, else a guess of it. Raises `TrainingFileGone`."""
        beside = await asyncio.to_thread(self._files.schema_beside, name)
        if beside:
            return Guess(text=without_card_numbers(beside), problem="")
        path = await asyncio.to_thread(self._files.path, name)
        async with self._turn:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await self._guessed(path, answers)
            except TimeoutError:
                return Guess(text="", problem="The file could not be looked at in time; try again later.")

    async def _guessed(self, path: Path, answers: Mapping[str, str]) -> Guess:
        with tempfile.TemporaryDirectory(prefix="tertium-guess-") as folder:
            out = Path(folder) / "schema.toml"
            command = [*self._words, "schema", "infer", str(path), "-o", str(out), *_options(answers)]
            said = await run_child(command)
            if said.code not in {0, ASKED}:
                return Guess(text="", problem=without_card_numbers(said.failure("Looking at the file")))
            text = await asyncio.to_thread(out.read_text, encoding="utf-8")
        return Guess(text=without_card_numbers(text), problem="")


def open_questions(text: str) -> list[str]:
    """Return what a schema leaves open, with what comes into question: its answer takes the line away."""
    return [" ".join(filter(None, found)) for found in QUESTION.findall(text)]


def asked_of(text: str) -> set[str]:
    """Return by which fields the open questions of a schema can be answered."""
    options = {option.removeprefix("--") for line in ANSWERED_BY.findall(text) for option in line.split()}
    written = {name for name, ways in WRITINGS.items() if options & set(ways)}
    return options & set(COLUMNS) | written


def schema_faults(text: str) -> list[str]:
    """Return all that is wrong with a schema as it stands."""
    try:
        schema_from(text)
    except SchemaRefused as refused:
        return list(refused.faults)
    return []


def _options(answers: Mapping[str, str]) -> list[str]:
    """Return what was said as the command takes it; each value is one word, whatever stands in it."""
    named = [f"--{name}={answers[name]}" for name in COLUMNS if answers.get(name)]
    written = [answers.get(name, "") for name in WRITINGS]
    return named + [f"--{each}" for each in written if each in {w for ws in WRITINGS.values() for w in ws}]
