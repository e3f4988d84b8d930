"""A running service with payments to look back on, and managers who work on its policies from a shell."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
import numpy as np
from typer.testing import CliRunner, Result

from app.cli.commands import tertium as command
from app.cli.posting import transaction_body
from app.datasets import load_generator
from app.learning.demo_world import Payment, build_world
from app.learning.demo_world import payments as generated
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service
from tests.models import MODELS
from tests.patience import PATIENCE_SECONDS
from tests.workflows.policies.looked_back import spread_over_days

# Nothing of the developer's own shell may leak in.
QUIET: dict[str, str | None] = dict.fromkeys(
    ("TERTIUM_URL", "TERTIUM_TOKEN", "TERTIUM_API_KEY", "TERTIUM_DATA_DIR")
)
PAYMENTS, FRAUD_SHARE = 900, 0.2


@dataclass
class Desk:
    """A service that has decided some payments, of which the truth is known, and two managers' tokens."""

    live: Live
    tokens: dict[str, str] = field(default_factory=dict)
    key: str = ""
    #: Whether each posted transaction is a fraud.
    truths: dict[str, bool] = field(default_factory=dict)

    def policy(self, *words: str | Path, by: str = "mia", says: str | None = None) -> Result:
        """Run `tertium policy ...` in somebody's name."""
        env = {**QUIET, "TERTIUM_URL": self.live.url, "TERTIUM_TOKEN": self.tokens[by]}
        return run("policy", *words, env=env, says=says)

    def on_a_terminal(self, columns: int, *words: str | Path) -> list[str]:
        """Return the lines a terminal of this width shows, without their colours."""
        env = {"TERTIUM_URL": self.live.url, "TERTIUM_TOKEN": self.tokens["mia"]}
        shown = run("policy", *words, env=QUIET | env | {"FORCE_COLOR": "1", "COLUMNS": str(columns)})
        assert shown.exit_code == 0, shown.output
        return re.sub(r"\x1b\[[0-9;]*m", "", shown.stdout).splitlines()

    def said(self, *words: str | Path, by: str = "mia") -> str:
        """Return what a policy command prints; it must succeed."""
        result = self.policy(*words, by=by)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *words: str | Path, by: str = "mia") -> Result:
        """Return what a policy command says that must not succeed: sentences, and no traceback."""
        return refused(self.policy(*words, by=by))

    def drafted(self, file: Path, *words: str, reason: str = "we try it", by: str = "mia") -> str:
        """Keep a file as a new version; return its number."""
        return self.said("draft", file, "--reason", reason, *words, by=by).splitlines()[-1]

    def activated(self, version: str, *words: str) -> str:
        """Let a version decide; return the last line that says so."""
        return self.said("activate", version, "--yes", "--reason", "we agreed", *words).splitlines()[-1]

    def rolled_back(self) -> str:
        """Roll back; return the last line that says so."""
        return self.said("rollback", "--yes", "--reason", "it misses too many").splitlines()[-1]

    def file(self, folder: Path, **values: float) -> Path:
        """Return a TOML file of the active policy with other values."""
        text = self.said("show", "active", "--toml")
        for name, value in values.items():
            text, found = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
            assert found == 1, name
        file = folder / "new.toml"
        file.write_text(text)
        return file

    def post(self, name: str, count: int, *, seed: int = 0, fraud_share: float = FRAUD_SHARE) -> list[str]:
        """Let a shop post payments; return the labels the service gave."""
        made = some_payments(count, seed=seed, fraud_share=fraud_share)
        bodies = [
            transaction_body(
                f"{name}-{number}",
                occurred_at=each.occurred_at,
                amount=str(each.amount),
                features=each.features,
                attributes={},
            )
            for number, each in enumerate(made)
        ]
        answer = httpx.post(
            f"{self.live.url}/v1/transactions/batch",
            json=bodies,
            headers={"X-API-Key": self.key},
            timeout=PATIENCE_SECONDS,
        )
        assert answer.status_code == 200, answer.text
        self.truths |= {f"{name}-{number}": each.is_fraud for number, each in enumerate(made)}
        return [result["answer"]["label"] for result in answer.json()["results"]]

    def tell(self, folder: Path, truths: Mapping[str, bool], *, propensity: str = "1") -> None:
        """Load what these transactions turned out to be."""
        at = f"{datetime.now(UTC) - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
        header = "transaction_id,label,source,occurred_at,learned_at,propensity"
        rows = [
            f"{name},{'fraud' if is_fraud else 'legit'},replay,{at},{at},{propensity}"
            for name, is_fraud in truths.items()
        ]
        file = folder / "truth.csv"
        file.write_text("\n".join([header, *rows, ""]))
        result = run("labels", "load", file, "--url", self.live.url, "--key", self.key)
        assert result.exit_code == 0, result.output


def run(*words: str | Path, env: Mapping[str, str | None] = QUIET, says: str | None = None) -> Result:
    """Run a `tertium` command in this process: the requests it makes are real."""
    return CliRunner().invoke(command, [str(word) for word in words], env=env, input=says)


def refused(result: Result) -> Result:
    """Return a result that must be a refusal: sentences, and no traceback."""
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in {1, 2}
    assert result.stderr.strip()
    assert "Traceback" not in result.output
    return result


def cells(printed: str) -> list[list[str]]:
    """Return the cells of printed tables, line by line: two blanks part them."""
    return [re.split(r"\s{2,}", line.strip()) for line in printed.splitlines() if line.strip()]


@cache
def some_payments(count: int, *, seed: int, fraud_share: float) -> list[Payment]:
    """Return payments of the last minutes as the demo's shop makes them; the same ones each time."""
    draws = np.random.default_rng(seed)
    moments = [datetime.now(UTC) - timedelta(minutes=5)] * count
    return generated(
        load_generator(MODELS / "demo"), build_world(draws), moments, fraud_share=fraud_share, rng=draws
    )


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """Run a service until the block ends, with a shop's payments in it and all truths told."""
    with live_service(migrated(folder / "data")) as live:
        desk = Desk(live)
        for name, role in (("mia", "manager"), ("noor", "manager"), ("olga", "auditor"), ("ana", "analyst")):
            place = ("--data-dir", folder / "data")
            assert run("user", "add", name, "--role", role, *place).exit_code == 0
            desk.tokens[name] = run("user", "token", name, *place).stdout.splitlines()[-1]
        desk.key = live.key("shop")
        live.accept_feed("shop", desk.key)
        desk.post("payment", PAYMENTS)
        desk.tell(folder, desk.truths)
        live.within(spread_over_days)
        yield desk
