"""Every error has its status, every setting its place in the README."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import app
from app.settings import REPOSITORY, Settings
from app.web.error_statuses import STATUS
from app.web.errors import problem_of

#: Errors that never reach a request, and who ends them.
INTERNAL = {
    "app.learning.feed_reference.FeedNotLearnable": "`tertium fit-feed`: a sentence to the operator",
    "app.cli.posting.ServiceRefused": "`tertium replay` and `labels load`: a sentence to the operator",
    "app.database.server.address.AddressUnreadable": "the command that needs the database: a sentence",
    "app.database.server.migrations.MigrationImpossible": "`tertium migrate` and `serve`: a sentence",
    "app.database.server.presence.DemoElsewhere": "`tertium demo` says where the other one runs",
    "app.database.server.checks.DatabaseUnfit": "the command that needs the database refuses to start",
    "app.database.server.checks.ServerSilent": "the command asks again, or refuses to start",
    "app.database.clock.ClockNotRead": "the service reads the clock before it takes requests",
    "app.database.server.migrations.MigrationNeeded": "`tertium serve` refuses to start",
    "app.database.server.processes.programs.EmbeddedServerFailed": "a command that needs it does not start",
    "app.database.payments.intake.storing.PolicyMovedOn": "intake decides again",
    "app.datasets.refusal.DatasetRefused": "the command that reads the file: a sentence to the operator",
    "app.review.card_issuers.IssuersUnclear": "the file's reader names it as `CardIssuersUnusable`",
    "app.main.card_issuers.CardIssuersUnusable": "`tertium serve` refuses to start",
    "app.main.card_numbers.CardNumberKeyUnusable": "`tertium serve` refuses to start",
    "app.learning.fitting.NothingLearned": "`tertium train`",
    "app.learning.fitting.RowsTooFarApart": "`tertium train`",
    "app.learning.teachers.LibraryMissing": "`tertium train`, `tertium compare`",
    "app.learning.schema_inference.sample.AnswerRefused": "`tertium schema infer`, `tertium start`",
    "app.learning.training.recipe.RecipeRefused": "`tertium train`, `tertium compare`",
    "app.scoring.schema.refusal.SchemaRefused": "the command that reads a schema: a sentence to the operator",
    "app.learning.generator_fitting.TooFewRows": "`tertium fit-synthetic-payments`",
    "app.review.queue.service_level.ServiceLevelsUnclear": "the settings refuse to be read",
    "app.review.currency_rates.RatesUnclear": "`tertium rates load`: a sentence to the operator",
    "app.web.api.json_values.TooManyKeys": "the reader of bodies refuses the body, or its row",
    "app.web.problems.NamedRefusal": "what its kinds have in common; only they are raised",
    "app.workflows.jobs.report.JobFailed": "the runner of jobs: how the job ended",
    "app.database.payments.history.states.KeysBegun": "who locks keys begins anew",
    "app.workflows.payments.history.rebuilding.PassedBy": "`tertium history rebuild`: a sentence",
    "app.workflows.payments.history.rebuilding.RebuildRunning": "`tertium history rebuild`: a sentence",
    "app.triage.audits.allocation.AuditsUnaffordable": "who spreads audits over hours; no request does",
    "app.workflows.payments.history.intake._NotWritten": "intake reads the batch anew without them",
    "app.workflows.jobs.runner._Lost": "the runner of jobs: its work ends",
    "app.scoring.network.passes.DeviceUnavailable": "`tertium serve` refuses to start",
}


def errors() -> Iterator[type[Exception]]:
    """Find every exception class that some module of ours defines."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(thing, Exception) and thing.__module__ == module.name:
                yield thing


def test_every_error_of_ours_has_a_status_or_never_reaches_a_request() -> None:
    found = {error: f"{error.__module__}.{error.__qualname__}" for error in errors()}
    assert len(found) > 30
    assert [name for error, name in found.items() if error not in STATUS and name not in INTERNAL] == []
    assert [name for name in INTERNAL if name not in found.values()] == []


@pytest.mark.parametrize("error", STATUS, ids=lambda error: error.__name__)
def test_every_error_speaks_for_itself(error: type[Exception]) -> None:
    """One sentence for people and programs, ignorant of HTTP."""
    sentence = (inspect.getdoc(error) or "").strip()
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "HTTP" not in sentence


def test_an_unexpected_error_tells_nothing_of_itself() -> None:
    told = problem_of(RuntimeError("postgresql://secret@host"))
    assert told.status == 500
    assert "secret" not in told.model_dump_json()


def test_the_readme_names_every_setting() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    assert [name for name in Settings.model_fields if f"TERTIUM_{name.upper()}" not in readme] == []
