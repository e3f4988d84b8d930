"""Policies tried over HTTP on payments that were really posted: nothing is kept, the unknown is null."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from tests.builders import value
from tests.service import Service
from tests.web.api.policies.policy_calls import (
    Caller,
    Document,
    a_caller,
    document,
    fields,
    refused,
    told,
    window,
)
from tests.workflows.policies.looked_back import post_payments, post_unscored, spread_over_days, tell

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCORED, UNSCORED = 200, 8
PAYMENTS = SCORED + UNSCORED
LAST_KNOWN = """
SELECT max(d.decided_at) + interval '1 second' FROM decisions d JOIN labels l USING (transaction_id)
"""
PROMISE = {"set_by": "promise", "promise": {"miss_rate": 0.15}}


@dataclass(frozen=True, kw_only=True)
class TrialCase:
    """One who may only read, the window of everything posted, the active document and another one."""

    auditor: Caller
    window: Document
    #: Only the payments whose truth is known.
    known: Document
    active: Document
    draft: Document
    truths: dict[str, bool] = field(repr=False)

    async def ask(self, path: str, **body: Any) -> Any:
        """Ask about the window."""
        return told(await self.auditor.post(path, {"window": self.window} | body))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(shared_service: Service, shared_engine: AsyncEngine) -> AsyncIterator[TrialCase]:
    """Return two hundred payments with their truth, and eight nobody could score."""
    clock = shared_service.services.clock
    truths = await post_payments(shared_service, SCORED)
    await post_unscored(shared_service, UNSCORED // 2)
    await tell(shared_engine, truths)
    await spread_over_days(shared_engine)
    all_known_until = await value(shared_engine, LAST_KNOWN)
    auditor = await a_caller(shared_service, Role.AUDITOR)
    since, until = clock() - timedelta(days=3), clock() + timedelta(hours=2)
    active = await document(auditor)
    yield TrialCase(
        auditor=auditor,
        window=window(since, until),
        known=window(since, all_known_until),
        active=active,
        draft=active | {"approve_at_most": -9.5, "decline_at_least": 1.0, "novelty_at_most": 99.0},
        truths=truths,
    )


async def test_a_simulation_counts_every_payment_under_both_policies(bench: TrialCase) -> None:
    simulated = await bench.ask("/simulate", document=bench.draft)
    assert (simulated["transactions"], simulated["active_version"]) == (PAYMENTS, 1)
    assert (simulated["currency"], simulated["other_models"]) == ("EUR", 0)
    assert simulated["model_version"] == bench.active["model_version"]
    for of in ("before", "after"):
        assert sum(simulated[of]["labels"].values()) == PAYMENTS
        assert simulated[of]["risk"]["known"] == SCORED
        assert simulated[of]["risk"]["known_frauds"] == sum(bench.truths.values())
    gained = Counter[str]()
    for move in simulated["moves"]:
        gained[move["after"]] += move["count"]
        gained[move["before"]] -= move["count"]
    before, after = (simulated[of]["labels"] for of in ("before", "after"))
    assert {label: gained[label] for label in before} == {
        label: after[label] - before[label] for label in before
    }


async def test_reviews_a_day_are_unknowns_and_audits(bench: TrialCase) -> None:
    after = (await bench.ask("/simulate", document=bench.draft))["after"]
    assert after["reviews_per_day"] == pytest.approx(after["unknowns_per_day"] + after["audits_per_day"])
    assert after["review_rate"] + after["coverage"] == pytest.approx(1)


async def test_estimates_say_between_what_they_lie(bench: TrialCase) -> None:
    simulated = await bench.ask("/simulate", document=bench.draft)
    for name in ("frauds_approved", "miss_rate", "false_decline_rate", "decline_precision"):
        estimate = simulated["after"]["risk"][name]
        assert estimate["low"] <= estimate["value"] <= estimate["high"]
    statement = simulated["statement"]
    assert statement["frauds_per_day"]["value"] > 0
    assert statement["sentences"] != []


async def test_without_payments_nothing_is_known_and_unknown_is_null(bench: TrialCase) -> None:
    before = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00+01:00"}
    simulated = await bench.ask("/simulate", document=bench.draft, window=before)
    assert simulated["window"] == {"since": "2026-01-01T00:00:00Z", "until": "2026-01-01T23:00:00Z"}
    assert (simulated["transactions"], simulated["moves"]) == (0, [])
    assert simulated["after"]["risk"]["miss_rate"]["value"] is None
    assert [warning["guard"] for warning in simulated["warnings"]] == ["window_empty"]


async def test_the_usual_window_are_the_last_seven_days(bench: TrialCase) -> None:
    simulated = told(await bench.auditor.post("/simulate", {"document": bench.draft}))
    assert simulated["transactions"] == PAYMENTS


async def test_bounds_out_of_order_can_be_tried_and_are_warned_of(bench: TrialCase) -> None:
    simulated = await bench.ask("/simulate", document=bench.active | {"approve_at_most": 9.0})
    assert "bounds_out_of_order" in {warning["guard"] for warning in simulated["warnings"]}


async def test_what_is_left_out_of_a_document_has_no_limit_or_its_usual_value(bench: TrialCase) -> None:
    least = {name: bench.active[name] for name in ("model_version", "approve_at_most", "decline_at_least")}
    found = await bench.ask("/propose", wish={"set_by": "hand"}, base=least)
    assert found["document"] == bench.active | {"novelty_at_most": None}


@pytest.mark.parametrize("set_by", ["cost", "capacity"])
async def test_costs_and_hours_set_bounds_and_leave_all_else(bench: TrialCase, set_by: str) -> None:
    found = await bench.ask("/propose", wish={"set_by": set_by})
    bounds = ("approve_at_most", "decline_at_least", "bands")
    assert all(found["document"][name] != bench.active[name] for name in bounds)
    assert {name for name in bench.active if found["document"][name] != bench.active[name]} == set(bounds)
    assert found["certificate"] is None
    assert "a day" in found["notes"][0]
    assert (found["price_per_review"] is None) is (set_by == "cost")


async def test_what_hours_propose_fits_them_and_says_what_one_more_would_save(bench: TrialCase) -> None:
    costs = bench.active["costs"] | {"review": 0.01}
    staffing = bench.active["staffing"] | {"minutes_per_review": 600.0}
    tight = bench.active | {"costs": costs, "staffing": staffing}
    found = await bench.ask("/propose", wish={"set_by": "capacity"}, base=tight)
    assert found["simulation"]["after"]["analyst_hours_per_day"] <= 4 * 14
    assert found["price_per_analyst_hour"] == pytest.approx(0.1 * found["price_per_review"])
    assert found["price_per_review"] > 0


async def test_hours_that_gates_and_audits_fill_alone_are_refused(bench: TrialCase) -> None:
    gated = bench.active | {"novelty_at_most": 0.0}
    gated["staffing"] = bench.active["staffing"] | {"analysts": 0}
    wish = {"set_by": "capacity"}
    answer = await bench.auditor.post("/propose", {"wish": wish, "base": gated, "window": bench.window})
    (name,) = fields(answer)
    assert name.startswith("base.")


@pytest.mark.parametrize("method", ["neyman_pearson", "learn_then_test", "mondrian"])
async def test_a_promise_comes_with_its_certificate_and_its_simulation(bench: TrialCase, method: str) -> None:
    found = await bench.ask("/propose", wish=PROMISE | {"method": method})
    certificate = found["certificate"]
    assert (certificate["miss_rate_at_most"], certificate["frauds"]) == (0.15, 351)
    assert certificate["is_certified"] is (method != "mondrian")
    assert (certificate["confidence"] is None) is (method == "mondrian")
    assert len(certificate["rows_sha256"]) == 64
    assert found["simulation"]["transactions"] == PAYMENTS
    again = await bench.ask("/simulate", document=found["document"])
    assert again["after"] == found["simulation"]["after"]


async def test_a_promise_rests_on_live_labels_where_all_are_known(bench: TrialCase) -> None:
    wish = PROMISE | {"promise": {"miss_rate": 0.2}, "source": "labels"}
    answer = await bench.auditor.post("/propose", {"wish": wish, "window": bench.window})
    problem = refused(answer, 422, "promise-infeasible")
    assert "wait for a verdict" in problem["detail"]
    assert (problem["frauds_needed"], problem["legits_needed"]) == (None, None)
    found = await bench.ask("/propose", wish=wish, window=bench.known)
    assert found["certificate"]["source"].startswith("the labels of")


async def test_a_promise_that_needs_more_frauds_says_how_many(bench: TrialCase) -> None:
    body = {"wish": PROMISE | {"promise": {"miss_rate": 0.001}}, "window": bench.window}
    problem = refused(await bench.auditor.post("/propose", body), 422, "promise-infeasible")
    assert (problem["frauds_needed"], problem["legits_needed"]) == (2995, None)
    assert "2\u202f995 known frauds" in problem["detail"]
    assert problem["errors"] == [{"field": "wish.promise", "detail": problem["detail"]}]


async def test_a_precision_that_needs_more_legits_says_how_many(bench: TrialCase) -> None:
    promise = {"miss_rate": 0.2, "decline_precision": 0.999999}
    body = {"wish": PROMISE | {"promise": promise}, "window": bench.window}
    problem = refused(await bench.auditor.post("/propose", body), 422, "promise-infeasible")
    assert problem["legits_needed"] > 1_000_000
    assert problem["frauds_needed"] is None


@pytest.mark.parametrize("share", ["miss_rate", "confidence", "decline_precision", "false_decline_rate"])
@pytest.mark.parametrize("wrong", [0, 1, -0.1, 1.1, 5e-324, 1e-320, 1 - 1e-16, float("nan"), "0.1", True])
async def test_a_share_that_no_promise_can_hold_is_named(bench: TrialCase, share: str, wrong: object) -> None:
    body = {"wish": PROMISE | {"promise": {"miss_rate": 0.15} | {share: wrong}}}
    assert fields(await bench.auditor.post("/propose", body)) == [f"wish.promise.{share}"]


@pytest.mark.parametrize(
    "wish",
    [{"set_by": "promise"}, PROMISE | {"set_by": "hand"}, PROMISE | {"set_by": "cost"}],
    ids=["nothing promised", "by hand", "by cost"],
)
async def test_a_promise_belongs_to_bounds_that_a_promise_sets(bench: TrialCase, wish: Document) -> None:
    assert fields(await bench.auditor.post("/propose", {"wish": wish})) == ["wish"]


async def test_a_step_is_proposed_again_with_the_number_it_was_chosen_among(bench: TrialCase) -> None:
    found = await bench.ask("/steps", document=bench.active)
    assert (found["transactions"], found["counted_on"]) == (PAYMENTS, "window")
    assert found["chosen_among"] == len(found["steps"]) > 1
    among = found["steps"][0]["certificate"]["chosen_among"]
    assert found["each_confidence"] == pytest.approx(1 - 0.05 / among)
    costs = [step["review_rate"] for step in found["steps"]]
    assert costs == sorted(costs)
    for step in (found["steps"][0], found["steps"][-1]):
        promise = {"miss_rate": step["miss_rate"], "chosen_among": found["chosen_among"]}
        proposed = await bench.ask("/propose", wish={"set_by": "promise", "promise": promise})
        assert proposed["document"] == step["document"]
        assert proposed["certificate"] == step["certificate"]
        labels = proposed["simulation"]["after"]["labels"]
        assert step["review_rate"] == pytest.approx(labels["unknown"] / PAYMENTS)
        assert "Chosen among" in " ".join(proposed["simulation"]["statement"]["sentences"])


async def test_steps_that_cannot_be_promised_say_what_is_missing(bench: TrialCase) -> None:
    body = {"document": bench.active, "window": bench.window}
    assert fields(await bench.auditor.post("/steps", body | {"confidence": 1})) == ["confidence"]
    answer = await bench.auditor.post("/steps", body | {"decline_precision": 0.999999})
    assert refused(answer, 422, "promise-infeasible")["legits_needed"] > 1_000_000


@pytest.mark.parametrize("wrong", [0, 101, 1.5, "2", True])
async def test_a_number_nobody_chooses_among_is_named(bench: TrialCase, wrong: object) -> None:
    body = {"wish": PROMISE | {"promise": {"miss_rate": 0.15, "chosen_among": wrong}}}
    assert fields(await bench.auditor.post("/propose", body)) == ["wish.promise.chosen_among"]


async def test_the_pictures_hold_every_payment_as_the_simulation_does(bench: TrialCase) -> None:
    curves = await bench.ask("/curves", document=bench.draft)
    after = (await bench.ask("/simulate", document=bench.draft))["after"]
    assert (curves["transactions"], curves["model_version"]) == (PAYMENTS, bench.active["model_version"])
    assert curves["window"].keys() == {"since", "until"}
    (stays,) = [point for point in curves["risk_coverage"] if point["shift"] == 0]
    assert stays["coverage"] == pytest.approx(after["coverage"])
    assert stays["miss_rate"] == pytest.approx(after["risk"]["miss_rate"])
    assert sum(each["fraud"] + each["legit"] for each in curves["histogram"]) == SCORED
    assert [hour["hour"] for hour in curves["hours"]] == list(range(24))
    assert sum(hour["unknowns"] for hour in curves["hours"]) == pytest.approx(after["unknowns_per_day"])
    assert {each["zone"] for each in curves["reliability"]} <= {"fraud", "legit", "unknown"}


async def test_pages_of_changed_payments_come_to_all_that_move(bench: TrialCase) -> None:
    moved = await bench.ask("/simulate", document=bench.draft)
    whole = await bench.ask("/changed", document=bench.draft, limit=1000)
    assert whole["total"] == len(whole["changed"]) == sum(move["count"] for move in moved["moves"]) > 10
    read = []
    for offset in range(0, whole["total"] + 5, 5):
        page = await bench.ask("/changed", document=bench.draft, limit=5, offset=offset)
        assert page["total"] == whole["total"]
        read += page["changed"]
    assert read == whole["changed"]
    for each in whole["changed"]:
        assert each["before"] != each["after"]
        assert each["is_fraud"] == bench.truths[each["transaction_id"]]
        assert (each["client"], each["currency"]) == ("test client", "EUR")


async def test_changed_payments_are_chosen_by_what_they_were_and_become(bench: TrialCase) -> None:
    moved = (await bench.ask("/simulate", document=bench.draft))["moves"]
    for move in moved:
        chosen = {"before": move["before"], "after": move["after"]}
        page = await bench.ask("/changed", document=bench.draft, limit=1, **chosen)
        assert page["total"] == move["count"]
        assert {page["changed"][0][name] for name in chosen} == set(chosen.values())
    none = await bench.ask("/changed", document=bench.draft, offset=2**63 - 1)
    assert (none["changed"], none["total"]) == ([], sum(move["count"] for move in moved))


async def test_trying_keeps_nothing(bench: TrialCase, shared_engine: AsyncEngine) -> None:
    statement = (
        "SELECT (SELECT count(*) FROM policies) + (SELECT count(*) FROM policy_simulations)"
        " + (SELECT count(*) FROM policy_events)"
    )
    before = await value(shared_engine, statement)
    for path in ("/simulate", "/curves", "/changed"):
        await bench.ask(path, document=bench.draft)
    await bench.ask("/propose", wish=PROMISE)
    assert await value(shared_engine, statement) == before
    assert await document(bench.auditor) == bench.active
