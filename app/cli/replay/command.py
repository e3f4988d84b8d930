"""`tertium replay`: a recorded file through the front door of a running service, row by row."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.printing import stop

TimeUnit = Literal["milliseconds", "seconds", "minutes", "hours", "days"]
TEN_YEARS = 315_360_000


def replay(  # noqa: PLR0913  # one parameter per option of the command
    file: Annotated[Path, typer.Argument(help="Kaggle-format CSV or Parquet: Time, the features, Amount.")],
    *,
    url: Annotated[str, typer.Option(envvar="TERTIUM_URL", help="Of the service.")] = "http://127.0.0.1:8000",
    key: Annotated[str, typer.Option(envvar="TERTIUM_API_KEY", help="A client's key.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first rows.")] = None,
    speed: Annotated[
        float, typer.Option(min=0, help="60: sixty times real time; 0: as fast as possible.")
    ] = 0.0,
    concurrency: Annotated[int, typer.Option(min=1, max=512, help="Requests under way at once.")] = 32,
    with_labels: Annotated[bool, typer.Option(help="Post Class as ground truth, too.")] = False,
    label_delay: Annotated[
        float, typer.Option(min=0, max=TEN_YEARS, help="Seconds from a transaction to its label.")
    ] = 0.0,
    start: Annotated[
        str | None,
        typer.Option(help="ISO time of Time = 0. Default: the last row falls on the last midnight UTC."),
    ] = None,
    time_unit: Annotated[
        TimeUnit | None,
        typer.Option(help="What Time is told in. Default: seconds, and it must look like seconds."),
    ] = None,
    id_prefix: Annotated[
        str | None,
        typer.Option(
            help="Of the transaction ids. Default: from the file, so that a repeat is known as one."
        ),
    ] = None,
    accept_feed: Annotated[
        bool, typer.Option("--accept-feed", help="Also when its columns are not what the model learned.")
    ] = False,
) -> None:
    """Post a recorded file to a running service, and tell what it decided."""
    import uvloop

    from app.cli.posting import Service, ServiceRefused
    from app.cli.replay.rows import Plan
    from app.cli.replay.run import replay_file

    plan = Plan(
        start=_moment(start),
        id_prefix=id_prefix,
        time_unit=time_unit,
        limit=limit,
        speed=speed,
        concurrency=concurrency,
        with_labels=with_labels,
        label_delay=timedelta(seconds=label_delay),
        accept_feed=accept_feed,
    )
    if not key:
        stop("give a client's key with --key or TERTIUM_API_KEY", code=2)
    try:
        service = Service(url, key, concurrency=concurrency)
    except ServiceRefused as refused:
        stop(str(refused), code=2)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(replay_file(file, service, plan))
    raise typer.Exit(code)


def _moment(text: str | None) -> datetime | None:
    """Return the time an option names; without a zone it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as strange:
        raise typer.BadParameter(
            f"--start {text} is not an ISO time such as 2026-11-01T00:00+00:00"
        ) from strange
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
