"""What a policy would have done, as a person reads it in a terminal."""

from collections.abc import Sequence

from app.cli.policy.wording import NOT_KNOWN, ApiObject, estimate, moment, money, number, wait
from app.cli.printing import Printer

#: What is known of errors: how it is called, its name in the API, and whether it is a share.
RISKS = (
    ("frauds approved", "frauds_approved", False),
    ("miss rate", "miss_rate", True),
    ("legits declined", "legits_declined", False),
    ("false-decline rate", "false_decline_rate", True),
    ("decline precision", "decline_precision", True),
)
# Of the table of changed transactions on a narrow terminal.
FEWEST_COLUMNS = 7
TRUTHS = {None: "not known", True: "fraud", False: "legit"}


class TrialTables(Printer):
    """What there is to say about simulations, proposals and curves."""

    def simulation(self, told: ApiObject, *, before: str, after: str) -> None:
        """Print a simulation: what it looked at, both outcomes, what moves, what signing would mean."""
        self._compare(told, before=before, after=after)
        self._warnings(told["warnings"])

    def _compare(self, told: ApiObject, *, before: str, after: str) -> None:
        self._looked_at(told)
        self._outcomes(told, before, after)
        for move in told["moves"]:
            self._say(f"{move['count']:,} go from {move['before']} to {move['after']}.")
        self.statement(told["statement"])

    def _warnings(self, warnings: Sequence[ApiObject]) -> None:
        for warning in warnings:
            self._say(f"To be answered: {warning['guard']}: {warning['sentence']}", "yellow")

    def kept(self, version: ApiObject) -> None:
        """Print the simulation that is kept with a version, if there is one; a signature is given to it."""
        stored = version["newest_simulation"]
        if stored is None or stored["statement"] is None:
            self._say("It has not been simulated.")
            return
        self._say(f"Simulated by {stored['computed_by']}, {moment(stored['computed_at'])}:")
        self._compare(stored, before=f"version {stored['active_version']}", after="this version")
        answered = {each["guard"] for each in version["warnings"]}
        self._warnings([each for each in stored["warnings"] if each["guard"] not in answered])

    def statement(self, statement: ApiObject) -> None:
        """Print the residual risk statement as it is signed."""
        for sentence in statement["sentences"]:
            self._say(sentence)

    def notes(self, proposal: ApiObject) -> None:
        """Print what to know of a proposal."""
        currency = proposal["simulation"]["currency"]
        for note in proposal["notes"]:
            self._say(note)
        if (price := proposal["price_per_review"]) is not None:
            self._say(f"One more review a day would save about {money(price, currency, digits=2)}.")
        if (price := proposal["price_per_analyst_hour"]) is not None:
            self._say(f"One more analyst hour a day would save about {money(price, currency, digits=2)}.")

    def curves(self, told: ApiObject) -> None:
        """Print the pictures of the lab as tables."""
        self._looked_at(told)
        table = self._table("approve bound moved by (logits)", "coverage", "miss rate")
        table.columns[0].justify = "right"
        for point in told["risk_coverage"]:
            table.add_row(
                f"{point['shift']:+.3f}",
                number(point["coverage"], share=True, digits=2),
                estimate(point["miss_rate"], share=True, digits=2),
            )
        self._print(table)
        table = self._table("fraud evidence from (logits)", "to", "not labelled", "legit", "fraud")
        table.columns[0].justify = "right"
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

    def steps(self, told: ApiObject) -> None:
        """Print what guarantees would cost, and what choosing one of them asks for."""
        self._looked_at(told)
        if told["counted_on"] == "card":
            self._say("The window says too little: reviews are those of the model's card, without gates.")
        table = self._table("miss at most", "manual review", "approve up to (logits)")
        table.columns[0].justify = "right"
        for step in told["steps"]:
            table.add_row(
                number(step["miss_rate"], share=True, digits=0),
                number(step["review_rate"], share=True, digits=2),
                f"{step['document']['approve_at_most']:.3f}",
            )
        self._print(table)
        many = told["chosen_among"]
        self._say(
            f"Each is worked out with {number(told['each_confidence'], share=True, digits=2)} confidence, so"
            f" that the one chosen keeps {number(told['confidence'], share=True, digits=0)}."
        )
        self._say(f"To take one: tertium policy propose --miss PERCENT --chosen-among {many} -o FILE")

    def changed(self, told: ApiObject) -> None:
        """Print transactions that would get another label."""
        if told["changed"]:
            self._changed_table(told["changed"])
        self._looked_at(told)
        self._say(f"{told['total']:,} of them change label; {len(told['changed']):,} are listed.")

    def _changed_table(self, changed: Sequence[ApiObject]) -> None:
        """Print a row per transaction; a narrow terminal leaves out whose it is, and the reason."""
        more = ("client", "because") if self._is_wide else ()
        table = self._table(
            "transaction",
            "occurred",
            "amount",
            "evidence",
            "before",
            "after",
            "confirmed",
            *more,
            numbers=False,
        )
        for number_of, column in enumerate(table.columns):
            column.overflow = "fold"
            column.no_wrap = 0 < number_of < FEWEST_COLUMNS and column.header != "occurred"
            column.min_width = len(str(column.header)) if number_of == 0 else None
            column.justify = "right" if column.header in {"amount", "evidence"} else "left"
        for each in changed:
            evidence = "none" if each["evidence"] is None else f"{each['evidence']:.3f}"
            told_more = (each["client"], each["reason"] or "") if self._is_wide else ()
            table.add_row(
                each["transaction_id"], moment(each["occurred_at"]),
                f"{float(each['amount']):,.2f} {each['currency']}", evidence, each["before"], each["after"],
                TRUTHS[each["is_fraud"]], *told_more,
            )  # fmt: skip
        self._print(table)

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self._say(sentence)

    def _looked_at(self, told: ApiObject) -> None:
        window = told["window"]
        self._say(
            f"{told['transactions']:,} transactions from {moment(window['since'])} to"
            f" {moment(window['until'])} (UTC), scored by model {told['model_version']}."
        )
        if told.get("other_models"):
            self._say(f"{told['other_models']:,} that another model scored are left out.")
        if told.get("held_since"):
            self._say(f"Scores are held from {moment(told['held_since'])} on only.")
        if observed := told.get("observed"):
            self._say(
                f"Observed: {observed['decisions']:,} decisions in {observed['seconds'] / 3600:,.1f} hours"
                + ("." if observed["is_enough"] else ", too little to know anything of a day.")
            )
        if carrier := told.get("carried_by"):
            by = f"reported by {carrier['source']}" if carrier["source"] else "decided by a person"
            self._say(
                f"{carrier['share']:.0%} of the frauds approved rest on one transaction:"
                f" {carrier['transaction_id']} of {carrier['client']}, {by}."
            )

    def _outcomes(self, told: ApiObject, before: str, after: str) -> None:
        table = self._table("", before, after)
        both = (told["before"], told["after"])
        currency = told["currency"] or ""
        for label in ("legit", "unknown", "fraud"):
            table.add_row(f"labelled {label}", *(f"{each['labels'][label]:,}" for each in both))
        table.add_row("automated", *(number(each["coverage"], share=True) for each in both))
        for name, key in (("cases a day", "reviews_per_day"), ("analyst hours/day", "analyst_hours_per_day")):
            table.add_row(name, *(number(each[key]) for each in both))
        table.add_row("95% wait less than", *(_waits(each["waiting"]) for each in both))
        table.add_row("longest queue", *(_queue(each["waiting"]) for each in both))
        costs = (each["expected_cost_per_day"] for each in both)
        table.add_row(
            "expected cost/day", *(NOT_KNOWN if each is None else money(each, currency) for each in costs)
        )
        for name, key, is_share in RISKS:
            table.add_row(name, *(estimate(each["risk"][key], share=is_share) for each in both))
            if key == "frauds_approved":
                amounts = (each["risk"]["amount_let_through"] for each in both)
                said = (estimate(each, digits=0, currency=currency) for each in amounts)
                table.add_row("money let through", *said)
        self._print(table)

    def _reliability(self, bins: Sequence[ApiObject]) -> None:
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


def _waits(waiting: ApiObject | None) -> str:
    return NOT_KNOWN if waiting is None else wait(waiting["wait_95"])


def _queue(waiting: ApiObject | None) -> str:
    return NOT_KNOWN if waiting is None else f"{waiting['longest_queue']:,}"
