"""Policy versions as a person reads them in a terminal: plain text where there is none."""

from collections.abc import Sequence

from rich.table import Table

from app.cli.policy.wording import ApiObject, guarantee, moment, percent, value
from app.cli.printing import Printer
from app.triage.policies.document import flat_document
from app.triage.policies.fields import field_of

# Characters of a reason in a list; `show` prints all of it.
REASON_WIDTH = 60
#: Values of a certificate that are shares.
SHARES = frozenset(
    {"confidence", "miss_rate_at_most", "false_decline_rate_at_most", "decline_precision_at_least"}
)
# Of a day as it is printed.
DAY_WIDTH = len("2026-05-01")
# Of a state with its moment on the next line, and of a value's name, most of the time.
STATE_WIDTH, CHANGE_WIDTH = len("2026-05-01 12:00"), 20
# Only these let a version's values decide: at other moves nothing changes but where it stands.
CHANGING = frozenset({"draft", "active"})


class PolicyTables(Printer):
    """What there is to say about versions."""

    def versions(self, policies: Sequence[ApiObject]) -> None:
        """Print a line per version, in the order given; on a narrow terminal `show` says who signed."""
        more = ("signed by", "guarantee") if self._is_wide else ()
        table = self._table("version", "state", "by", "at", *more, "reason", numbers=False)
        _keep_moments_whole(table)
        for each in policies:
            told_more = (each["approved_by"] or "", guarantee(each["certificate"])) if self._is_wide else ()
            table.add_row(
                str(each["id"]),
                _state(each),
                each["author"],
                moment(each["created_at"]),
                *told_more,
                _short(each["reason"]),
            )
        self._print(table)

    def version(self, told: ApiObject) -> None:
        """Print all that is kept of a version but what it would have done."""
        table = self._table("version", str(told["id"]), numbers=False)
        table.add_row("state", _state(told))
        table.add_row("drafted by", f"{told['author']}, {moment(told['created_at'])}")
        table.add_row("from version", str(told["parent_id"] or "none"))
        table.add_row("because", told["reason"])
        if told["approved_by"]:
            table.add_row("signed by", f"{told['approved_by']}, {moment(told['approved_at'])}")
        self._print(table)
        self._values(told["document"])
        self._certificate(told["certificate"])
        for warning in told["warnings"]:
            self._say(f"{warning['guard']}: {warning['sentence']} Answered: {warning['answer']}", "yellow")

    def differences(self, differences: Sequence[ApiObject], *, before: str, after: str) -> None:
        """Print what changes from one policy to another."""
        if not differences:
            self._say(f"{before} and {after} are the same policy.")
            return
        table = self._table("value", before, after, "unit")
        table.columns[-1].justify = "left"
        for each in differences:
            table.add_row(each["field"], value(each["before"]), value(each["after"]), _unit(each["field"]))
        self._print(table)

    def history(self, events: Sequence[ApiObject]) -> None:
        """Print what happened to policies, in the order given."""
        table = self._table("at", "version", "became", "by", "what it changes", numbers=False)
        _keep_moments_whole(table)
        if not self._is_wide:
            table.columns[0].width, table.columns[2].max_width = DAY_WIDTH, STATE_WIDTH
            table.columns[-1].min_width = CHANGE_WIDTH
        for event in events:
            table.add_row(
                moment(event["happened_at"]),
                str(event["policy_id"]),
                _became(event),
                event["account"],
                "; ".join(_told_of(event)),
            )
        self._print(table)

    def shadow(self, told: ApiObject) -> None:
        """Print what a version said in shadow beside what was decided."""
        if told["cells"]:
            self._shadow_cells(told["cells"])
        since = f", from {moment(told['first_at'])} to {moment(told['last_at'])}" if told["first_at"] else ""
        self._say(f"In shadow it saw {told['transactions']:,} transactions{since}.")

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self._say(sentence)

    def _shadow_cells(self, cells: Sequence[ApiObject]) -> None:
        table = self._table("decided", "in shadow", "transactions", "known frauds", "known legits", "amount")
        table.columns[1].justify = "left"
        for cell in cells:
            table.add_row(
                cell["live"],
                cell["shadow"],
                f"{cell['transactions']:,}",
                f"{cell['known_frauds']:,}",
                f"{cell['known_legits']:,}",
                f"{float(cell['amount']):,.2f}",
            )
        self._print(table)

    def _values(self, document: ApiObject) -> None:
        table = self._table("value", "is", "unit", numbers=False)
        table.columns[0].no_wrap = True
        table.columns[1].justify = "right"
        for name, part in flat_document(document).items():
            table.add_row(name, value(part), _unit(name))
        self._print(table)

    def _certificate(self, certificate: ApiObject | None) -> None:
        if certificate is None:
            self._say("It gives no guarantee.")
            return
        table = self._table("certificate", certificate["method"], numbers=False)
        table.columns[1].overflow = "fold"
        for name, part in certificate.items():
            if name not in {"method", "is_certified"} and part is not None:
                said = percent(part) if name in SHARES else value(part)
                table.add_row(name.replace("_", " "), said)
        if not certificate["is_certified"]:
            table.add_row("confidence", "none: it holds on average only")
        self._print(table)


def _state(told: ApiObject) -> str:
    if told["activates_at"]:
        return f"{told['state']} for {moment(told['activates_at'])}"
    return str(told["state"])


def _became(event: ApiObject) -> str:
    details = event["details"] or {}
    if details.get("rollback"):
        return f"{event['state']} (rollback)"
    if details.get("activates_at"):
        return f"{event['state']} for {moment(details['activates_at'])}"
    return str(event["state"])


def _told_of(event: ApiObject) -> list[str]:
    """Return what a move changes, and what its maker answered."""
    changes = [
        f"{each['field']}: {value(each['before'])} -> {value(each['after'])}"
        for each in event["differences"]
        if event["state"] in CHANGING
    ]
    details = event["details"] or {}
    answers = details.get("answers") or ()
    if details.get("reason"):
        changes.append(f"because {details['reason']}")
    return changes + [f"{each['guard']} answered: {each['answer']}" for each in answers]


def _keep_moments_whole(table: Table) -> None:
    """Let a moment break between its day and its hour only."""
    for column in table.columns:
        if column.header == "at":
            column.min_width = DAY_WIDTH
        column.overflow = "fold"


def _unit(path: str) -> str:
    field = field_of(path)
    return "" if field is None else field.meaning.unit


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return line if len(line) <= REASON_WIDTH else f"{line[: REASON_WIDTH - 1]}…"
