"""Policy versions as a person reads them in a terminal: plain text where there is none."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.cli.policy_words import Told, moment, promise, value
from app.cli.printing import Printer

# Characters of a reason in a list; `show` prints all of it.
REASON_WIDTH = 60


class PolicyTables(Printer):
    """What there is to say about versions."""

    def versions(self, policies: Sequence[Told]) -> None:
        """Print a line per version, in the order given."""
        table = self._table("version", "state", "by", "at", "signed by", "promise", "reason", numbers=False)
        for each in policies:
            table.add_row(
                str(each["id"]),
                _state(each),
                each["author"],
                moment(each["created_at"]),
                each["approved_by"] or "",
                promise(each["certificate"]),
                _short(each["reason"]),
            )
        self._print(table)

    def version(self, told: Told) -> None:
        """Print all that is kept of a version but what it would have done."""
        table = self._table("version", str(told["id"]), numbers=False)
        table.add_row("state", _state(told))
        table.add_row("drafted by", f"{told['author']}, {moment(told['created_at'])}")
        table.add_row("from version", str(told["parent_id"] or "none"))
        table.add_row("because", told["reason"])
        if told["approved_by"]:
            table.add_row("signed by", f"{told['approved_by']}, {moment(told['approved_at'])}")
        for name, part in _flat(told["document"]):
            table.add_row(name, value(part))
        self._print(table)
        self._certificate(told["certificate"])
        for warning in told["warnings"]:
            self._say(f"{warning['guard']}: {warning['sentence']} Answered: {warning['answer']}", "yellow")

    def differences(self, differences: Sequence[Told], *, before: str, after: str) -> None:
        """Print what changes from one policy to another."""
        if not differences:
            self._say(f"{before} and {after} are the same policy.")
            return
        table = self._table("value", before, after)
        for each in differences:
            table.add_row(each["field"], value(each["before"]), value(each["after"]))
        self._print(table)

    def history(self, events: Sequence[Told]) -> None:
        """Print what happened to policies, in the order given."""
        table = self._table("at", "version", "became", "by", "what it changes", numbers=False)
        for event in events:
            changes = [
                f"{each['field']}: {value(each['before'])} -> {value(each['after'])}"
                for each in event["differences"]
            ]
            table.add_row(
                moment(event["happened_at"]),
                str(event["policy_id"]),
                _became(event),
                event["account"],
                "; ".join(changes),
            )
        self._print(table)

    def shadow(self, told: Told) -> None:
        """Print what a version said in shadow beside what was decided."""
        table = self._table("decided", "in shadow", "transactions", "known frauds", "known legits", "amount")
        for cell in told["cells"]:
            table.add_row(
                cell["live"],
                cell["shadow"],
                f"{cell['transactions']:,}",
                f"{cell['known_frauds']:,}",
                f"{cell['known_legits']:,}",
                f"{float(cell['amount']):,.2f}",
            )
        self._print(table)
        since = f", from {moment(told['first_at'])} to {moment(told['last_at'])}" if told["first_at"] else ""
        self._say(f"In shadow it saw {told['transactions']:,} transactions{since}.")

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self._say(sentence)

    def _certificate(self, certificate: Told | None) -> None:
        if certificate is None:
            self._say("It promises nothing.")
            return
        table = self._table("certificate", certificate["method"], numbers=False)
        for name, part in certificate.items():
            if name not in {"method", "is_certified"} and part is not None:
                table.add_row(name.replace("_", " "), value(part))
        if not certificate["is_certified"]:
            table.add_row("confidence", "none: it holds on average only")
        self._print(table)


def _state(told: Told) -> str:
    if told["activates_at"]:
        return f"{told['state']} for {moment(told['activates_at'])}"
    return str(told["state"])


def _became(event: Told) -> str:
    if (event["details"] or {}).get("rollback"):
        return f"{event['state']} (rollback)"
    return str(event["state"])


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return line if len(line) <= REASON_WIDTH else f"{line[: REASON_WIDTH - 1]}…"


def _flat(document: Told) -> list[tuple[str, Any]]:
    """Return a document's values by their paths, as a difference names them."""
    flat: list[tuple[str, Any]] = []
    for name, part in document.items():
        if isinstance(part, Mapping):
            flat += [(f"{name}.{inner}", each) for inner, each in part.items()]
        elif isinstance(part, list):
            for band in part:
                start = f"{name}.{band['amount_from']:g}"
                flat += [(f"{start}.{inner}", each) for inner, each in band.items() if inner != "amount_from"]
        else:
            flat.append((name, part))
    return flat
