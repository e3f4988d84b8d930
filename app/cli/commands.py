"""The `tertium` command: its subcommands by name."""

from typing import Annotated

import typer

from app.cli.access.administration import key, user
from app.cli.demo.command import demo
from app.cli.demo.generate import generate
from app.cli.demo.synthetic_payments import fit_synthetic_payments
from app.cli.doctor.command import doctor
from app.cli.labels.command import labels
from app.cli.policy.commands import policy
from app.cli.rates import rates
from app.cli.replay.command import replay
from app.cli.server.history import history
from app.cli.server.partitions import partitions
from app.cli.server.serve import migrate, serve
from app.cli.training.compare import compare
from app.cli.training.data import data
from app.cli.training.feed_reference import fit_feed
from app.cli.training.measuring.evaluate import evaluate
from app.cli.training.schema import schema
from app.cli.training.start import start
from app.cli.training.train import train
from app.settings import VERSION


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"tertium {VERSION}")
        raise typer.Exit


tertium = typer.Typer(
    help="Tertium: fraud, legit, or a person decides.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@tertium.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which version this is."),
    ] = False,
) -> None:
    """Take what stands before the subcommand."""


tertium.command()(serve)
tertium.command()(migrate)
tertium.command()(doctor)
tertium.command()(start)
tertium.command()(train)
tertium.command()(compare)
tertium.command()(evaluate)
tertium.command()(replay)
tertium.command()(demo)
tertium.command(hidden=True)(fit_synthetic_payments)
tertium.command(hidden=True)(fit_feed)
data.command("generate")(generate)
tertium.add_typer(data, name="data")
tertium.add_typer(history, name="history")
tertium.add_typer(labels, name="labels")
tertium.add_typer(partitions, name="partitions")
tertium.add_typer(policy, name="policy")
tertium.add_typer(rates, name="rates")
tertium.add_typer(schema, name="schema")
tertium.add_typer(user, name="user")
tertium.add_typer(key, name="key")
