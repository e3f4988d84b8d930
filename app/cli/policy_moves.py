"""`tertium policy draft | shadow | approve | activate | ...`: a version's way, step by step."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.place import fail
from app.cli.policy_arguments import Since, Until, moment_of, window_of
from app.cli.policy_service import USUAL_URL, PolicyService, Token, Url
from app.cli.policy_words import moment

Number = Annotated[int, typer.Argument(min=1, help="Number of the version.")]
GivenAnswers = Annotated[
    list[str] | None,
    typer.Option("--answer", help="GUARD=REASON: why a warning is passed over; once for each warning."),
]


def draft(  # noqa: PLR0913  # one parameter per option of the command
    file: Annotated[Path, typer.Argument(help="A policy: TOML, or .json.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; whoever approves it, and an auditor later, will ask.")],
    parent: Annotated[
        int | None, typer.Option(min=1, help="The version it was changed from. Default: the active one.")
    ] = None,
    answer: GivenAnswers = None,
    digest: Annotated[
        str | None,
        typer.Option(help="Of the policy you looked at, as `simulate` prints it: no other is kept."),
    ] = None,
    since: Since = None,
    until: Until = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Keep a file as a new version, simulated; its number is alone on the last line.

    It decides nothing until another manager has approved it. Warnings have to be answered first: the
    command lists them with the --answer to add, and keeps nothing.
    """
    from app.cli.policy_files import read_policy_file
    from app.cli.policy_trial_tables import TrialTables

    kept = read_policy_file(file)
    body = {
        "document": kept.document,
        "reason": reason,
        "parent_id": parent,
        "wish": kept.wish,
        "answers": answers_of(answer),
        "digest": digest,
        "window": window_of(since, until),
    }
    with PolicyService(url, token) as service:
        told = service.post("", body)
    TrialTables().kept(told)
    typer.echo(f"Kept; another manager may sign it: tertium policy approve {told['id']}")
    typer.echo(told["id"])


def shadow(version: Number, *, url: Url = USUAL_URL, token: Token = "") -> None:
    """Let a version decide live traffic beside the active one, without effect; `show` compares."""
    _move(url, token, f"/{version}/shadow")
    typer.echo(f"Version {version} is in shadow: tertium policy show {version} compares.")


def end_shadow(version: Number, *, url: Url = USUAL_URL, token: Token = "") -> None:
    """Let a version in shadow say nothing more; what it said stays on record."""
    _move(url, token, f"/{version}/end-shadow")
    typer.echo(f"Version {version} is no longer in shadow.")


def approve(
    version: Number,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked.")] = False,
    answer: GivenAnswers = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Sign for another manager's version: prints the residual risk statement first, then asks."""
    from app.cli.policy_trial_tables import TrialTables

    with PolicyService(url, token) as service:
        signature = service.get(f"/{version}/signature")
        if not signature["may_sign"]:
            fail(signature["why_not"])
        told = service.get(f"/{version}")
        stored = told["newest_simulation"]
        if stored is None or stored["statement"] is None:
            fail(f"Version {version} has no statement to sign: tertium policy simulate {version} makes one.")
        TrialTables().statement(stored["statement"])
        if not yes:
            typer.confirm(f"Sign for version {version} by {told['author']}?", abort=True)
        body = {"simulation_id": stored["id"], "answers": answers_of(answer)}
        service.post(f"/{version}/approve", body)
    typer.echo(f"Version {version} is approved: tertium policy activate {version} lets it decide.")


def activate(
    version: Number,
    *,
    begins: Annotated[
        str | None,
        typer.Option("--at", help="From this moment on (ISO 8601; without a zone UTC). Default: now."),
    ] = None,
    answer: GivenAnswers = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Let an approved version decide, or an old one again; on every replica within a second."""
    at = None if begins is None else moment_of(begins)
    body = {"at": None if at is None else at.isoformat(), "answers": answers_of(answer)}
    _move(url, token, f"/{version}/activate", body)
    when = "from now on" if at is None else f"from {moment(at.isoformat())} (UTC) on"
    typer.echo(f"Version {version} decides every transaction {when}.")


def unschedule(version: Number, *, url: Url = USUAL_URL, token: Token = "") -> None:
    """Take a scheduled activation back; the version stays approved."""
    _move(url, token, f"/{version}/unschedule")
    typer.echo(f"Version {version} is approved, and not scheduled any more.")


def retire(version: Number, *, url: Url = USUAL_URL, token: Token = "") -> None:
    """Put a version away that does not decide."""
    _move(url, token, f"/{version}/retire")
    typer.echo(f"Version {version} is retired.")


def rollback(*, url: Url = USUAL_URL, token: Token = "") -> None:
    """Let the version decide again that decided before."""
    told = _move(url, token, "/rollback")
    typer.echo(f"Version {told['id']} decides every transaction from now on.")


def answers_of(given: list[str] | None) -> dict[str, str]:
    """Return reasons by their guard; ends the command when one of them has none."""
    from app.triage.guard_rails import Guard

    answers = {}
    for each in given or ():
        guard, equals, reason = each.partition("=")
        if not equals or not reason.strip():
            fail(f"--answer {each} says no reason; write --answer GUARD=REASON.")
        if guard.strip() not in set(Guard):
            fail(f"--answer {each} answers no warning; there are {', '.join(Guard)}.")
        answers[guard.strip()] = reason.strip()
    return answers


def _move(url: str, token: str, path: str, body: dict[str, Any] | None = None) -> Any:
    with PolicyService(url, token) as service:
        return service.post(path, body)
