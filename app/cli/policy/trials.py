"""`tertium policy simulate | propose | changed | curves | steps`: bounds tried, nothing applied."""

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.policy.arguments import (
    Since,
    Until,
    VersionOrFile,
    document_of,
    is_version,
    percent_of,
    window_of,
)
from app.cli.policy.client import USUAL_URL, PolicyService, Token, Url
from app.cli.server.place import fail, utc_now
from app.triage.labels import Label
from app.web.pages.csv_cells import line

# As many as the service gives at once.
ROWS_AT_ONCE = 1000
# As the service looks back where nobody says a window.
LOOK_BACK = timedelta(days=7)
# Percent.
WHOLE = 100
# As the service names what it tells of a changed transaction.
COLUMNS = (
    "transaction_id", "client", "occurred_at", "amount", "currency", "evidence", "before", "after", "reason",
    "is_fraud",
)  # fmt: skip


class Proof(StrEnum):
    """How a guarantee is proved."""

    NP = "np"
    LTT = "ltt"
    MONDRIAN = "mondrian"


#: As the service names them.
METHODS = {Proof.NP: "neyman_pearson", Proof.LTT: "learn_then_test", Proof.MONDRIAN: "mondrian"}


class Evidence(StrEnum):
    """What a guarantee is proved on."""

    CALIBRATION = "calibration"
    LABELS = "labels"


def simulate(
    what: VersionOrFile,
    *,
    since: Since = None,
    until: Until = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Show what a policy would have done to past transactions, beside the active one.

    A file is only tried. The simulation of a version is run again and kept with it: whoever approves it
    signs the newest simulation.
    """
    from app.cli.policy.trial_tables import TrialTables

    window = window_of(since, until)
    with PolicyService(url, token) as service:
        if is_version(what):
            number = service.version(what)["id"]
            TrialTables().kept(service.post(f"/{number}/simulate", {"window": window}))
            return
        told = service.post("/simulate", {"document": document_of(service, what), "window": window})
    tables = TrialTables()
    tables.simulation(told, before=f"version {told['active_version']}", after=Path(what).name)
    tables.say(
        f'To keep this very policy: tertium policy draft {what} --digest {told["digest"]} --reason "..."'
    )


def propose(  # noqa: PLR0913  # one parameter per option of the command
    *,
    miss: Annotated[
        float | None,
        typer.Option(
            parser=percent_of, metavar="PERCENT", help="Of 100 frauds the model may approve so many."
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option(parser=percent_of, metavar="PERCENT", help="How surely (percent).")
    ] = 95.0,
    precision: Annotated[
        float | None,
        typer.Option(parser=percent_of, metavar="PERCENT", help="Of 100 declines so many shall be frauds."),
    ] = None,
    false_declines: Annotated[
        float | None,
        typer.Option(
            parser=percent_of, metavar="PERCENT", help="Of 100 good customers so many may be declined."
        ),
    ] = None,
    method: Annotated[
        Proof,
        typer.Option(help="np: Neyman-Pearson; ltt: Learn-then-Test; mondrian: holds on average only."),
    ] = Proof.NP,
    source: Annotated[
        Evidence, typer.Option(help="calibration: the model's own rows; labels: fully labelled live data.")
    ] = Evidence.CALIBRATION,
    chosen_among: Annotated[
        int, typer.Option(min=1, max=100, help="Guarantees looked at before this one was chosen (`steps`).")
    ] = 1,
    cost: Annotated[bool, typer.Option("--cost", help="Set the bounds where they cost least.")] = False,
    capacity: Annotated[
        bool, typer.Option("--capacity", help="Set them so that the analysts' hours save most.")
    ] = False,
    base: Annotated[
        str, typer.Option(help="Gates, costs, staffing of this version or file stay.")
    ] = "active",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the proposal to this file (TOML, or .json).")
    ] = None,
    since: Since = None,
    until: Until = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Ask for bounds: by a guarantee (--miss), by cost (--cost), or by capacity (--capacity).

    Nothing is stored: edit the file if you like, then `diff`, `simulate` and `draft` it. A guarantee that
    cannot be kept is refused with what would make it possible.
    """
    from app.cli.policy.files import write_policy_file
    from app.cli.policy.trial_tables import TrialTables
    from app.triage.policies.document import policy_of

    percents = {
        "confidence": confidence,
        "decline_precision": precision,
        "false_decline_rate": false_declines,
    }
    wish = _wish(miss=miss, cost=cost, capacity=capacity, method=method, source=source, others=percents)
    if miss is not None and chosen_among > 1:
        wish["promise"]["chosen_among"] = chosen_among
    with PolicyService(url, token) as service:
        body = {"wish": wish, "base": document_of(service, base), "window": window_of(since, until)}
        told = service.post("/propose", body)
    tables = TrialTables()
    tables.simulation(
        told["simulation"], before=f"version {told['simulation']['active_version']}", after="proposed"
    )
    tables.notes(told)
    if output is None:
        tables.say("Nothing is kept of it: -o FILE writes it to a file.")
        return
    write_policy_file(output, policy_of(told["document"]), wish)
    tables.say(f'{output} holds it: tertium policy draft {output} --reason "..."')


def changed(  # noqa: PLR0913  # one parameter per option of the command
    what: VersionOrFile,
    *,
    before: Annotated[
        Label | None, typer.Option("--from", help="Only those the active policy labels so.")
    ] = None,
    after: Annotated[Label | None, typer.Option("--to", help="Only those this policy labels so.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many; with --csv all of them.")] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help="All of them, as CSV.")] = False,
    since: Since = None,
    until: Until = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """List the transactions that would get another label, the newest first."""
    from app.cli.policy.trial_tables import TrialTables

    with PolicyService(url, token) as service:
        # One window for all pages: the usual one would move on between them.
        window = window_of(since, until) or window_of((utc_now() - LOOK_BACK).isoformat(), None)
        document = document_of(service, what)
        body = {"document": document, "window": window, "before": before, "after": after}
        if as_csv:
            _write_csv(service, body)
        else:
            TrialTables().changed(service.post("/changed", body | {"limit": min(limit, ROWS_AT_ONCE)}))


def curves(
    what: VersionOrFile,
    *,
    since: Since = None,
    until: Until = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Show the lab's pictures as tables: risk and coverage, evidence, reliability, load by hour."""
    from app.cli.policy.trial_tables import TrialTables

    with PolicyService(url, token) as service:
        body = {"document": document_of(service, what), "window": window_of(since, until)}
        TrialTables().curves(service.post("/curves", body))


def steps(
    what: VersionOrFile,
    *,
    confidence: Annotated[
        float, typer.Option(parser=percent_of, metavar="PERCENT", help="How surely (percent).")
    ] = 95.0,
    since: Since = None,
    until: Until = None,
    url: Url = USUAL_URL,
    token: Token = "",
) -> None:
    """Show what guarantees would cost in manual review: a few, of which one may be chosen after looking."""
    from app.cli.policy.trial_tables import TrialTables

    if not 0 < confidence < WHOLE:
        fail(f"confidence: {confidence:g} percent cannot be guaranteed; it lies between 0 and 100.")
    with PolicyService(url, token) as service:
        body = {
            "document": document_of(service, what),
            "window": window_of(since, until),
            "confidence": float(Decimal(repr(confidence)) / WHOLE),
        }
        TrialTables().steps(service.post("/steps", body))


def _wish(
    *,
    miss: float | None,
    cost: bool,
    capacity: bool,
    method: Proof,
    source: Evidence,
    others: Mapping[str, float | None],
) -> dict[str, Any]:
    """Return the wish as the service takes it."""
    if [miss is not None, cost, capacity].count(True) != 1:
        fail("Say how the bounds are to be set: by --miss PERCENT, by --cost, or by --capacity.")
    if miss is None:
        return {"set_by": "cost" if cost else "capacity"}
    percents = {"miss_rate": miss, **others}
    for name, told in percents.items():
        if told is not None and not 0 < told < WHOLE:
            fail(
                f"{name.replace('_', ' ')}: {told:g} percent cannot be guaranteed; it lies between 0 and 100."
            )
    return {
        "set_by": "promise",
        "method": METHODS[method],
        "source": source.value,
        # By their digits, so that 10 percent are 0.1 in the file.
        "promise": {
            name: float(Decimal(repr(told)) / WHOLE) for name, told in percents.items() if told is not None
        },
    }


def _write_csv(service: PolicyService, body: dict[str, Any]) -> None:
    """Write all transactions that change label to standard output, page by page."""
    sys.stdout.write(line(COLUMNS))
    offset = 0
    while True:
        page = service.post("/changed", body | {"offset": offset, "limit": ROWS_AT_ONCE})["changed"]
        for each in page:
            typed = {
                "occurred_at": datetime.fromisoformat(each["occurred_at"]),
                "amount": Decimal(str(each["amount"])),
            }
            sys.stdout.write(line((each | typed)[name] for name in COLUMNS))
        offset += len(page)
        if len(page) < ROWS_AT_ONCE:
            return
