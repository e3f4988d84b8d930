"""`tertium policy`: threshold changes as files, reviewed and followed through from a shell."""

import typer

from app.cli.policy import lifecycle, reading, trials

HELP = """Threshold changes as files: propose or edit one, look at what it would do, let a second person sign.

A change from beginning to end, with a token of `tertium user token NAME` in TERTIUM_TOKEN:

  tertium policy propose --miss 10 --confidence 95 -o new.toml

  tertium policy diff active new.toml

  tertium policy simulate new.toml

  tertium policy draft new.toml --reason "fewer frauds slip through"

  tertium policy approve 7

  tertium policy activate 7

`draft` prints the version's number; `approve` needs another manager, who reads what is knowingly let through.
`shadow` lets a version decide beside the active one, without effect; `rollback` takes a change back.
"""

policy = typer.Typer(help=HELP, no_args_is_help=True)

policy.command("list")(reading.list_versions)
policy.command()(reading.show)
policy.command()(reading.active)
policy.command()(reading.diff)
policy.command()(reading.history)
policy.command()(trials.propose)
policy.command()(trials.simulate)
policy.command()(trials.changed)
policy.command()(trials.curves)
policy.command()(trials.steps)
policy.command()(lifecycle.draft)
policy.command()(lifecycle.shadow)
policy.command()(lifecycle.end_shadow)
policy.command()(lifecycle.approve)
policy.command()(lifecycle.activate)
policy.command()(lifecycle.unschedule)
policy.command()(lifecycle.retire)
policy.command()(lifecycle.rollback)
