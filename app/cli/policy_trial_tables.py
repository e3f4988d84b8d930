"""What a policy would have done, as a person reads it in a terminal."""

from collections.abc import Sequence

from app.cli.policy_words import Told, estimate, moment, number, wait
from app.cli.printing import Printer


class TrialTables(Printer):
    """What there is to say about simulations, proposals and curves."""

    def simulation(self, told: Told, *, before: str, after: str) -> None:
        """Print a simulation: what it looked at, both outcomes, what moves, what signing would mean."""
        self._looked_at(told)
        self._outcomes(told["before"], told["after"], before, after)
        for move in told["moves"]:
            self._say(f"{move['count']:,} go from {move['before']} to {move['after']}.")
        self.statement(told["statement"])
        for warning in told["warnings"]:
            self._say(f"To be answered: {warning['guard']}: {warning['sentence']}", "yellow")

    def kept(self, stored: Told | None) -> None:
        """Print the simulation that is kept with a version; a signature is given to it."""
        if stored is None or stored["statement"] is None:
            self._say("It has not been simulated.")
            return
        self._say(f"Simulated by {stored['computed_by']}, {moment(stored['computed_at'])}:")
        self.simulation(stored, before=f"version {stored['active_version']}", after="this version")

    def statement(self, statement: Told) -> None:
        """Print the residual risk statement as it is signed."""
        for sentence in statement["sentences"]:
            self._say(sentence)

    def notes(self, proposal: Told) -> None:
        """Print what to know of a proposal."""
        for note in proposal["notes"]:
            self._say(note)
        if (price := proposal["price_per_review"]) is not None:
            self._say(f"One more review a day would save about {price:,.2f}.")
        if (price := proposal["price_per_analyst_hour"]) is not None:
            self._say(f"One more analyst hour a day would save about {price:,.2f}.")

    def curves(self, told: Told) -> None:
        """Print the pictures of the lab as tables."""
        self._looked_at(told)
        table = self._table("approve bound moved by", "coverage", "miss rate")
        for point in told["risk_coverage"]:
            table.add_row(
                f"{point['shift']:+.3f}",
                number(point["coverage"], share=True, digits=2),
                estimate(point["miss_rate"], share=True, digits=2),
            )
        self._print(table)
        table = self._table("fraud evidence from", "to", "not labelled", "legit", "fraud")
        for bar in told["histogram"]:
            counts = (f"{bar[name]:,}" for name in ("unlabelled", "legit", "fraud"))
            table.add_row(f"{bar['low']:.3f}", f"{bar['high']:.3f}", *counts)
        self._print(table)
        self._reliability(told["reliability"])
        table = self._table("hour (UTC)", "unknowns", "audits", "people can judge")
        for hour in told["hours"]:
            told_of_it = (number(hour[name]) for name in ("unknowns", "audits", "capacity"))
            table.add_row(str(hour["hour"]), *told_of_it)
        self._print(table)

    def changed(self, told: Told) -> None:
        """Print transactions that would get another label."""
        table = self._table(
            "transaction", "client", "occurred", "amount", "evidence", "from", "to", "because", "in truth",
            numbers=False,
        )  # fmt: skip
        for each in told["changed"]:
            truth = {None: "not known", True: "fraud", False: "legit"}[each["is_fraud"]]
            evidence = "none" if each["evidence"] is None else f"{each['evidence']:.3f}"
            table.add_row(
                each["transaction_id"], each["client"], moment(each["occurred_at"]),
                f"{each['amount']} {each['currency']}", evidence, each["before"], each["after"],
                each["reason"] or "", truth,
            )  # fmt: skip
        self._print(table)
        self._looked_at(told)
        self._say(f"{told['total']:,} of them change label; {len(told['changed']):,} are listed.")

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self._say(sentence)

    def _looked_at(self, told: Told) -> None:
        window = told["window"]
        self._say(
            f"{told['transactions']:,} transactions from {moment(window['since'])} to"
            f" {moment(window['until'])} (UTC), scored by model {told['model_version']}."
        )
        if told.get("other_models"):
            self._say(f"{told['other_models']:,} that another model scored are left out.")
        if told.get("held_since"):
            self._say(f"Scores are held from {moment(told['held_since'])} on only.")

    def _outcomes(self, old: Told, new: Told, before: str, after: str) -> None:
        table = self._table("", before, after)
        for label in ("legit", "unknown", "fraud"):
            table.add_row(f"{label}, transactions", *(f"{each['labels'][label]:,}" for each in (old, new)))
        for name, key, is_share in (
            ("decided by the machine", "coverage", True),
            ("cases a day", "reviews_per_day", False),
            ("analyst hours a day", "analyst_hours_per_day", False),
            ("expected cost a day", "expected_cost_per_day", False),
        ):
            table.add_row(name, *(number(each[key], share=is_share) for each in (old, new)))
        waits = (wait(each["waiting"]["wait_95"]) for each in (old, new))
        table.add_row("95 of 100 cases wait less than", *waits)
        table.add_row("longest queue", *(f"{each['waiting']['longest_queue']:,}" for each in (old, new)))
        for name, key, is_share in (
            ("frauds approved", "frauds_approved", False),
            ("amount let through", "amount_let_through", False),
            ("miss rate", "miss_rate", True),
            ("legits declined", "legits_declined", False),
            ("false-decline rate", "false_decline_rate", True),
            ("declines that are frauds", "decline_precision", True),
        ):
            table.add_row(name, *(estimate(each["risk"][key], share=is_share) for each in (old, new)))
        self._print(table)

    def _reliability(self, bins: Sequence[Told]) -> None:
        table = self._table("label", "P(fraud) from", "to", "transactions", "known", "predicted", "observed")
        for each in bins:
            table.add_row(
                each["zone"],
                number(each["low"], share=True, digits=2),
                number(each["high"], share=True, digits=2),
                f"{each['transactions']:,}",
                f"{each['known']:,}",
                number(each["predicted"], share=True, digits=3),
                estimate(each["observed"], share=True, digits=2),
            )
        self._print(table)
