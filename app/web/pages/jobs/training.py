"""The addresses by which a training is asked for: a file is chosen or sent, then its schema looked at."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Header, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from app.review.access.people import Ability
from app.review.card_numbers.finding import has_card_number
from app.review.jobs import Asking, JobKind
from app.web.dependencies import CHECKED, Visitor, require, verify_csrf
from app.web.languages.sentences import marked, worded
from app.web.pages.frame import frame
from app.web.pages.jobs.training_view import ChosenFile, TrainPage, chosen_file, file_row
from app.web.pages.rendering import render
from app.web.services import Jobbing, JobServices
from app.workflows.jobs.inference import asked_of, open_questions, schema_faults
from app.workflows.jobs.training import FILE, SCHEMA, STAMP
from app.workflows.jobs.training_files import LONGEST_NAME, TrainingFile

router = APIRouter(include_in_schema=False)
MEGABYTE = 1_000_000
#: Characters of a schema: one of a thousand columns has some 150,000.
LONGEST_SCHEMA = 500_000
CHANGED = marked("The file has changed since this page was made. Look at the schema again, then start.")
OPEN = marked("The schema leaves questions open: answer them, or take their lines out of the schema.")
CARD_NUMBER = marked("The schema must not hold a card number.")

Operator = Annotated[Visitor, Depends(require(Ability.RUN_JOBS))]
Said = Annotated[str, Field(max_length=LONGEST_NAME)]


class Looked(BaseModel):
    """Which file is looked at, and what was said of it."""

    file: Annotated[str, Field(max_length=2 * LONGEST_NAME)] = ""
    label: Said = ""
    amount: Said = ""
    time: Said = ""
    id: Said = ""
    dates: Said = ""
    decimals: Said = ""


@router.get("/models/train")
async def train_page(jobbing: Jobbing, operator: Operator, looked: Annotated[Looked, Query()]) -> Response:
    """Show the files that can be trained on; of a chosen one its schema, guessed where none lies beside it.

    Raises `TrainingFileGone`.
    """
    if not looked.file:
        return await _page(jobbing, operator)
    answers: dict[str, str] = looked.model_dump(exclude={"file"})
    found = await jobbing.files.file(looked.file)
    guess = await jobbing.guesses.of(looked.file, answers)
    chosen = _chosen(found, guess.text, answers)
    return await _page(jobbing, operator, chosen=chosen, problem=guess.problem)


@router.post("/models/train/start", dependencies=CHECKED)
async def start(
    jobbing: Jobbing,
    operator: Operator,
    file: Annotated[str, Form(max_length=2 * LONGEST_NAME)],
    stamp: Annotated[str, Form(max_length=100)],
    form: Annotated[UUID, Form()],
    schema_text: Annotated[str, Form(max_length=LONGEST_SCHEMA)],
) -> Response:
    """Ask for a training by what was looked at; the form sent twice asks once. Raises `TrainingFileGone`."""
    text = schema_text.replace("\r\n", "\n")
    found = await jobbing.files.file(file)
    problem, status = _refusal(found, stamp, text)
    if problem:
        return await _page(jobbing, operator, chosen=_chosen(found, text, {}), problem=problem, status=status)
    wanted = Asking(kind=JobKind.TRAINING, subject=file, arguments={FILE: file, STAMP: stamp, SCHEMA: text})
    job_id = await jobbing.jobs.ask(operator.account, wanted, form=form)
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)


@router.put("/models/train/files/{name}")
async def put_file(
    request: Request,
    jobbing: Jobbing,
    operator: Operator,
    name: Annotated[str, Path(max_length=LONGEST_NAME)],
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> Response:
    """Keep a file that a browser sends, as it arrives, once it is known who sends it.

    Raises `TrainingFileRefused`, `TrainingFileTooLarge`, `TrainingFileNotKept` and `TrainingFolderMissing`.
    """
    await verify_csrf(operator, x_csrf_token=x_csrf_token)
    kept = await jobbing.files.receive(name, request.stream())
    return Response(kept, status_code=201, media_type="text/plain")


def _refusal(found: TrainingFile, stamp: str, text: str) -> tuple[str, int]:
    """Return why a training does not begin, and the status of the answer; an empty sentence where it does."""
    if found.stamp != stamp:
        return CHANGED, 409
    if has_card_number(text):
        return CARD_NUMBER, 422
    if open_questions(text):
        return OPEN, 422
    faults = schema_faults(text)
    return (worded("The schema cannot be used as it stands."), 422) if faults else ("", 200)


def _chosen(found: TrainingFile, text: str, answers: Mapping[str, str]) -> ChosenFile:
    return chosen_file(
        found,
        text,
        answers,
        asked=asked_of(text),
        questions=open_questions(text),
        faults=schema_faults(text) if text else [],
        form=str(uuid4()),
    )


async def _page(
    jobbing: JobServices,
    operator: Visitor,
    *,
    chosen: ChosenFile | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    files = await jobbing.files.every() if chosen is None else []
    page = TrainPage(
        frame=frame(
            operator.account, operator.csrf_token, title=worded("Train a model"), here="/jobs",
            notices=operator.notices,
        ),
        is_open=jobbing.files.is_open,
        rows=tuple(file_row(each) for each in files),
        chosen=chosen,
        upload_mb=jobbing.files.most_bytes // MEGABYTE,
        problem=problem,
    )  # fmt: skip
    return render("jobs/train.html", page, status=status)
