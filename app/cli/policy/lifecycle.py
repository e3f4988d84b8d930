"""`tertium policy draft | shadow | approve | activate | ...`: a version's way, step by step."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.policy.arguments import Since, Until, moment_of, window_of
from app.cli.policy.client import USUAL_URL, PolicyService, Token, Url
from app.cli.policy.wording import moment
from app.cli.server.place import fail

Number = Annotated[int, typer.Argument(min=1, help="Number of the version.")]
GivenAnswers = Annotated[
    list[str] | None,
    typer.Option("--answer", help="GUARD=REASON: why a warning is passed over; once for each warning."),
]


Reason = Annotated[str, typer.Option(help="Why; it stays on record.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without being asked.")]
DecidedOn = Annotated[
    int | None,
    typer.Option(
        "--from", min=1, help="The version you decided on: refused where another decides. Default: as shown."
    ),
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
    from app.cli.policy.files import read_policy_file
    from app.cli.policy.trial_tables import TrialTables

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
    _move(url, token, version, "shadow")
    typer.echo(f"Version {version} is in shadow: tertium policy show {version} compares.")


def end_shadow(version: Number, *, url: Url = USUAL_URL, token: Token = "") -> None:
    """Let a version in shadow say nothing more; what it said stays on record."""
    _move(url, token, version, "end-shadow")
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
    from app.cli.policy.trial_tables import TrialTables

    with PolicyService(url, token) as service:
        signature = service.get(f"/{version}/signature")
        if not signature["may_sign"]:
            fail(signature["why_not"])
        told, active = service.get(f"/{version}"), service.get("/active")
        stored = told["newest_simulation"]
        if stored is None or stored["statement"] is None:
            fail(f"Version {version} has no statement to sign: tertium policy simulate {version} makes one.")
        TrialTables().statement(stored["statement"])
        typer.echo(f"Version {active['id']} decides now.")
        if not yes:
            typer.confirm(f"Sign for version {version} by {told['author']}?", abort=True)
        body = {"simulation_id": stored["id"], "answers": answers_of(answer)}
        service.post(f"/{version}/approve", body | _seen(told, active["id"]))
    typer.echo(f"Version {version} is approved: tertium policy activate {version} lets it decide.")


def activate(
    version: Number,
    *,
    reason: Reason,
    begins: Annotated[
        str | None,
        typer.Option("--at", help="From this moment on (ISO 8601; without a zone UTC). Default: now."),
    ] = None,
    decided_on: DecidedOn = None,
    yes: Yes = False,
    answer: GivenAnswers = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Let an approved version decide, or an old one again: prints what changes first, then asks.

    On every replica within a second.
    """
    at = None if begins is None else moment_of(begins)
    with PolicyService(url, token) as service:
        told, active = service.get(f"/{version}"), _shown(service, version)
        if not yes:
            typer.confirm(f"Let version {version} decide in the place of version {active}?", abort=True)
        body = {
            "at": None if at is None else at.isoformat(),
            "reason": reason,
            "answers": answers_of(answer),
        }
        service.post(f"/{version}/activate", body | _seen(told, decided_on or active))
    when = "from now on" if at is None else f"from {moment(at.isoformat())} (UTC) on"
    typer.echo(f"Version {version} decides every transaction {when}.")


def unschedule(version: Number, *, url: Url = USUAL_URL, token: Token = "") -> None:
    """Take a scheduled activation back; the version stays approved."""
    _move(url, token, version, "unschedule")
    typer.echo(f"Version {version} is approved, and not scheduled any more.")


def retire(version: Number, *, url: Url = USUAL_URL, token: Token = "") -> None:
    """Archive a version that is not active."""
    _move(url, token, version, "retire")
    typer.echo(f"Version {version} is retired.")


def rollback(
    *,
    reason: Reason,
    decided_on: DecidedOn = None,
    yes: Yes = False,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Let the version decide again that decided before: prints what changes first, then asks.

    Repeated, it goes back by one more activation; it never brings back what it took back.
    """
    with PolicyService(url, token) as service:
        to = service.get("/rollback")["id"]
        active = _shown(service, to)
        if not yes:
            typer.confirm(f"Roll back from version {active} to version {to}?", abort=True)
        body = {"from": decided_on or active, "to": to, "reason": reason}
        told = service.post("/rollback", body)
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


def _shown(service: PolicyService, version: int) -> int:
    """Print what changes when this version decides; return the version that decides now."""
    from app.cli.policy.tables import PolicyTables

    active: int = service.get("/active")["id"]
    told = service.get(f"/{active}/diff/{version}")
    before, after = f"version {active} (decides now)", f"version {version}"
    PolicyTables().differences(told["differences"], before=before, after=after)
    return active


def _seen(told: dict[str, Any], active: int) -> dict[str, Any]:
    """Return what a move is decided on: what decides, and where the version stands."""
    return {"from": active, "state": told["state"]}


def _move(url: str, token: str, version: int, move: str) -> None:
    with PolicyService(url, token) as service:
        told, active = service.get(f"/{version}"), service.get("/active")["id"]
        typer.echo(f"Version {active} decides now; version {version} is {told['state']}.", err=True)
        service.post(f"/{version}/{move}", _seen(told, active))
