"""`tertium policy list | show | active | diff | history`: policies to read, as tables or as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.policy.arguments import Version, VersionOrFile, is_version
from app.cli.policy.client import USUAL_URL, PolicyService, Token, Url

if TYPE_CHECKING:
    from app.triage.policies.policy import Policy


def list_versions(
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    before: Annotated[int | None, typer.Option(min=1, help="Only versions older than this one.")] = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """List the newest versions."""
    from app.cli.policy.tables import PolicyTables

    with PolicyService(url, token) as service:
        PolicyTables().versions(service.get("", limit=limit, before=before)["policies"])


def show(
    version: Version,
    *,
    as_toml: Annotated[
        bool, typer.Option("--toml", help="Only the policy, as the commented TOML file one reviews.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Only the policy, as JSON.")] = False,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Show a version: its values, what it guarantees, what it would have done, what it said in shadow.

    With --toml the output is a file to edit: tertium policy show active --toml > new.toml
    """
    with PolicyService(url, token) as service:
        told = service.version(version)
        if as_toml or as_json:
            print(_as_file(told["document"], as_toml=as_toml), end="")
            return
        _show(service, told)


def active(*, url: Url = USUAL_URL, token: Token = "") -> None:
    """Show the version that decides now."""
    with PolicyService(url, token) as service:
        _show(service, service.version("active"))


def diff(before: VersionOrFile, after: VersionOrFile, *, url: Url = USUAL_URL, token: Token = "") -> None:
    """Show what changes from one policy to another, each a version or a file."""
    from app.cli.policy.tables import PolicyTables
    from app.triage.policies.order import differences

    changed = differences(*(_policy(named, url, token) for named in (before, after)))
    told = [{"field": each.field, "before": each.before, "after": each.after} for each in changed]
    PolicyTables().differences(told, before=_named(before), after=_named(after))


def history(
    version: Annotated[int | None, typer.Argument(min=1, help="Only what happened to this version.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many events.")] = 50,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Show what happened to policies, the newest first: who did it, when, and what it changed."""
    from app.cli.policy.tables import PolicyTables

    with PolicyService(url, token) as service:
        PolicyTables().history(service.get("/history", policy_id=version, limit=limit)["events"])


def _named(given: str) -> str:
    return f"version {given}" if given.isdecimal() else Path(given).name


def _policy(named: str, url: str, token: str) -> "Policy":
    from app.cli.policy.files import read_policy_file
    from app.triage.policies.document import policy_of

    if not is_version(named):
        return read_policy_file(Path(named)).policy
    with PolicyService(url, token) as service:
        return policy_of(service.version(named)["document"])


def _as_file(document: dict[str, Any], *, as_toml: bool) -> str:
    import json

    from app.triage.policies.document import document_of, policy_of
    from app.triage.policies.toml import toml_of

    told = policy_of(document)
    return toml_of(told) if as_toml else json.dumps(document_of(told), indent=1) + "\n"


def _show(service: PolicyService, told: dict[str, Any]) -> None:
    from app.cli.policy.tables import PolicyTables
    from app.cli.policy.trial_tables import TrialTables

    tables = PolicyTables()
    tables.version(told)
    TrialTables().kept(told)
    shadow = service.get(f"/{told['id']}/shadow")
    if shadow["transactions"] or told["state"] == "shadow":
        tables.shadow(shadow)
