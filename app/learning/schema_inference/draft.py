"""A schema while it is guessed: what each column was taken for, and what was said of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.learning.schema_inference.look import Look
from app.learning.schema_inference.sample import AnswerRefused, Answers, FileSample, Question
from app.scoring.schema.feature import Feature
from app.scoring.schema.schema import LabelColumn


@dataclass(slots=True, kw_only=True)
class Draft:
    """Columns are taken one by one; those that are left become features."""

    sample: FileSample
    answers: Answers
    looks: Mapping[str, Look]
    #: Names of columns.
    time: str = ""
    amount: str = ""
    id: str = ""
    time_format: str = ""
    read_of_time: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    label: LabelColumn | None = None
    entities: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)
    #: By where they stand in the schema.
    comments: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def left(self) -> Iterator[Look]:
        """Yield the columns that are nothing yet."""
        roles = {self.time, self.amount, self.id, self.label.column if self.label else ""} - {""}
        taken = {*roles, *self.entities.values(), *self.ignored}
        return (look for name, look in self.looks.items() if name not in taken)

    def said(self, column: str, role: str) -> Look:
        """Return a column that was named. Raises `AnswerRefused` when there is none, or it is taken."""
        if column not in self.looks:
            raise AnswerRefused(f"{self.sample.name} has no column {column!r}, which was said to be {role}")
        if all(look.name != column for look in self.left()):
            raise AnswerRefused(f"{column!r} was said to be {role}, and is something else already")
        return self.looks[column]

    def explain(self, place: str, *sentences: str) -> None:
        """Say why something stands in the schema, below what was said of it before."""
        told = [self.comments[place]] if place in self.comments else []
        self.comments[place] = "\n".join([*told, *sentences])

    def ignore(self, look: Look, reason: str) -> None:
        """Leave a column alone."""
        self.ignored[look.name] = reason

    def ask(self, role: str, text: str, candidates: Sequence[Look], answer: str) -> None:
        """Leave a role empty, and ask."""
        names = tuple(look.name for look in candidates)
        question = Question(role=role, text=text, candidates=names, answer=answer)
        self.questions.append(question)
        self.explain(role, f"QUESTION: {text}", f"Candidates: {', '.join(names)}", f"Answered by {answer}")
