"""`tertium policy`: threshold changes as files, reviewed and followed through from a shell."""

import typer

from app.cli import policy_moves, policy_reading, policy_trials

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

policy.command("list")(policy_reading.list_versions)
policy.command()(policy_reading.show)
policy.command()(policy_reading.active)
policy.command()(policy_reading.diff)
policy.command()(policy_reading.history)
policy.command()(policy_trials.propose)
policy.command()(policy_trials.simulate)
policy.command()(policy_trials.changed)
policy.command()(policy_trials.curves)
policy.command()(policy_moves.draft)
policy.command()(policy_moves.shadow)
policy.command()(policy_moves.end_shadow)
policy.command()(policy_moves.approve)
policy.command()(policy_moves.activate)
policy.command()(policy_moves.unschedule)
policy.command()(policy_moves.retire)
policy.command()(policy_moves.rollback)
