"""What the payments of one team hold: features, entities, label, and how a file of theirs writes them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.scoring.currencies import minor_decimals
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.history import History, KeptHistory, faults_of_histories, kept_histories
from app.scoring.schema.history_features import history_features
from app.scoring.schema.own_columns import OF_AMOUNT, OF_TIME
from app.scoring.schema.refusal import SchemaRefused

#: Written as the moment itself, or counted since 1970.
ISO, UNIX_SECONDS, UNIX_MILLISECONDS = "iso", "unix seconds", "unix milliseconds"
#: Counted since the file's first payment, or a moment that nobody knows any more.
SECONDS, HOURS, DAYS = "seconds", "hours", "days"
#: What is counted, in seconds.
SECONDS_OF: Mapping[str, float] = {
    UNIX_SECONDS: 1.0,
    UNIX_MILLISECONDS: 0.001,
    SECONDS: 1.0,
    HOURS: 3_600.0,
    DAYS: 86_400.0,
}
#: No moments: only how far payments lie apart.
APART_ONLY = frozenset({SECONDS, HOURS, DAYS})
MOST_FEATURES = 500
#: Frauds that are known later are not counted by history.
MOST_DELAY_DAYS = 90
#: Names of the payment's own amount and moment: no feature is called so.
AMOUNT, OCCURRED_AT = "amount", "occurred_at"
#: What the amount ends in, as a thing that a model reads.
AMOUNT_ENDING = "amount ending"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """How a text file writes cells and numbers."""

    delimiter: str = ","
    decimal: str = "."
    #: Between groups of three digits; empty: none.
    thousands: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentColumns:
    """Which columns of a file say what the payment is; those left empty are not in it."""

    id: str = ""
    time: str = ""
    #: `iso`, `unix seconds`, `unix milliseconds`; `seconds`, `hours`, `days` (since the first payment); or
    #: the signs of strftime.
    time_format: str = ISO
    #: Of moments without a zone of their own, and of the hours that the model reads.
    zone: str = "UTC"
    #: What of the moment the model reads: `hour`, `weekend`, `weekday`.
    read_of_time: tuple[str, ...] = ()
    #: Empty: the model reads no amount.
    amount: str = ""
    #: What of the amount the model reads beside the amount itself: `ending`.
    read_of_amount: tuple[str, ...] = ()
    #: ISO 4217 codes of the currencies the model learned.
    currencies: tuple[str, ...] = ("EUR",)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelColumn:
    """Which column says that a payment was fraud, and of how many payments a row speaks."""

    column: str
    #: How the file writes fraud and legit.
    fraud: tuple[str, ...] = ("1",)
    legit: tuple[str, ...] = ("0",)
    #: Days until a fraud is known: what lies nearer to the end of the training rows is no legit yet.
    delay_days: float = 0.0
    #: Payments of the population that one legit row of the file stands for.
    legit_weight: float = 1.0
    #: Share of frauds in the population; 0: that of the file.
    base_rate: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The columns of a team's payments; immutable, kept with the model that learned from them.

    Raises `SchemaRefused` with all faults when its parts contradict each other.
    """

    name: str
    about: str = ""
    #: In the order of pages and of the model's columns.
    features: tuple[Feature, ...]
    payment: PaymentColumns = PaymentColumns()
    label: LabelColumn | None = None
    #: What a payment shares with others (card, merchant, device, ip, email, ...), and its column.
    entities: Mapping[str, str] = field(default_factory=dict)
    #: Columns that nobody reads, and why.
    ignored: Mapping[str, str] = field(default_factory=dict)
    #: Whose earlier payments a model reads.
    history: tuple[History, ...] = ()
    file: FileFormat = FileFormat()

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if faults := tuple(self._faults()):
            raise SchemaRefused(*faults)

    def _faults(self) -> Iterator[str]:
        yield from self._faults_of_features()
        yield from self._faults_of_payment()
        yield from self._faults_of_endings()
        yield from self._faults_of_history()
        label = self.label
        if label is not None and not (
            label.fraud and label.legit and not set(label.fraud) & set(label.legit)
        ):
            yield "[label]: fraud and legit are different words, at least one each"
        if label is not None and not (label.legit_weight > 0 and 0 <= label.base_rate < 0.5):
            yield "[label]: legit_weight is above 0, base_rate from 0 to below 0.5"
        if label is not None and not label.delay_days >= 0:
            yield f"[label]: delay_days is 0 or more, not {label.delay_days:g}"
        if len(self.file.delimiter) != 1 or self.file.decimal not in {".", ","}:
            yield "[file]: delimiter is one sign, decimal a point or a comma"
        if self.file.decimal == self.file.thousands:
            yield "[file]: decimal and thousands cannot be the same sign"

    def _faults_of_features(self) -> Iterator[str]:
        names = [each.name for each in self.features]
        if not (names or self.payment.read_of_time or self.payment.amount or self.history):
            yield "there is nothing a model could read: no feature, no amount, no time"
        if len(names) > MOST_FEATURES:
            yield f"there are {len(names)} features, {MOST_FEATURES} at most"
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{name} is there {names.count(name)} times among the features"
        for name in sorted({AMOUNT, OCCURRED_AT} & set(names)):
            yield f"{name} is the payment's own: give the feature another name, and column = {name!r}"
        columns = [each.in_file for each in self.features]
        roles = {"label": self.label.column if self.label else "", "id": self.payment.id}
        for role, column in roles.items():
            if column and column in columns:
                yield f"{column} is the {role} and a feature: a model that reads it has nothing to learn"
        if self.payment.amount and self.payment.amount in columns:
            yield f"{self.payment.amount} is the amount, which every model reads, and a feature again"

    def _faults_of_payment(self) -> Iterator[str]:
        payment = self.payment
        for part in set(payment.read_of_time) - set(OF_TIME):
            yield f"[payment]: read_of_time knows {', '.join(OF_TIME)}, not {part}"
        if payment.read_of_time and not payment.time:
            yield "[payment]: read_of_time needs the column of the time"
        if any(each.kind is Kind.TIME for each in self.features) and not payment.time:
            yield "a moment is read as its distance from the payment: [payment] time must name a column"
        if not payment.currencies or any(not _is_code(code) for code in payment.currencies):
            yield "[payment]: currencies are codes of three letters (ISO 4217), at least one"
        try:
            ZoneInfo(payment.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield f"[payment]: no time zone is called {payment.zone}"

    def _faults_of_endings(self) -> Iterator[str]:
        payment = self.payment
        for part in set(payment.read_of_amount) - set(OF_AMOUNT):
            yield f"[payment]: read_of_amount knows {', '.join(OF_AMOUNT)}, not {part}"
        if not payment.read_of_amount:
            return
        if not payment.amount:
            yield "[payment]: read_of_amount needs the column of the amount"
        decimals = {minor_decimals(code) for code in payment.currencies}
        if len(decimals) != 1 or None in decimals:
            yield "[payment]: read_of_amount needs currencies of the same number of decimals (ISO 4217)"
        if AMOUNT_ENDING in {each.name for each in self.features}:
            yield f"{AMOUNT_ENDING} is read of the amount: give the feature another name"

    def _faults_of_history(self) -> Iterator[str]:
        if not self.history:
            return
        yield from faults_of_histories(self.history, self.entities, has_label=self.label is not None)
        kinds = {each.in_file: each.kind for each in self.features}
        for name in sorted({name for each in self.history for name in (each.entity, *each.partners)}):
            if kinds.get(self.entities.get(name, ""), Kind.CATEGORY) is not Kind.CATEGORY:
                yield f"[[history]]: {name} is a feature that is no category, and tells no keys apart"
        if not self.payment.time or self.payment.time_format in APART_ONLY:
            yield "[[history]] needs [payment] time, and moments that more than one file can count from"
        if len(self.payment.currencies) != 1 or not self.payment.amount:
            yield "[[history]] adds amounts up: [payment] needs amount, and currencies must be one"
            return
        delay_days = self.label.delay_days if self.label else 0.0
        if not 0 <= delay_days <= MOST_DELAY_DAYS:
            yield f"[[history]] keeps frauds for {MOST_DELAY_DAYS} days of delay_days at most"
            return
        yield from (f"{name} is read of history: give the feature another name" for name in self._twice())

    def _twice(self) -> list[str]:
        return sorted({each.name for each in self.derived} & {each.name for each in self.features})

    @cached_property
    def kept(self) -> tuple[KeptHistory, ...]:
        """What is kept of each history, in their order."""
        delay_days = self.label.delay_days if self.label else 0.0
        return kept_histories(self.history, delay_days=delay_days, currency=self.payment.currencies[0])

    @cached_property
    def derived(self) -> tuple[Feature, ...]:
        """What a model reads of history, in the order of its columns; never part of a payload."""
        return tuple(feature for kept in self.kept for feature in history_features(kept))

    @cached_property
    def readable(self) -> Mapping[str, Feature]:
        """Features of payloads and of history by name."""
        return self.by_name | {each.name: each for each in self.derived}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in their order."""
        return tuple(each.name for each in self.features)

    @cached_property
    def by_name(self) -> dict[str, Feature]:
        """The features by name."""
        return {each.name: each for each in self.features}

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the payments' hours are read."""
        return ZoneInfo(self.payment.zone)

    @property
    def decimals(self) -> int | None:
        """How many decimals amounts are written with, where the model reads what they end in."""
        return minor_decimals(self.payment.currencies[0]) if self.payment.read_of_amount else None

    @property
    def reads_amount(self) -> bool:
        """Whether the model reads the payment's amount."""
        return bool(self.payment.amount)


def _is_code(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isupper() and code.isalpha()


#: Beyond a million a component is a unit error; the largest of the card data is about 120.
COMPONENT_MOST = 1e6


def numeric_schema(names: Sequence[str], *, currencies: tuple[str, ...] = ("EUR",), name: str = "") -> Schema:
    """Return the schema of plain numbers and an amount: that of a model from before models kept theirs."""
    features = (
        Feature(name=each, kind=Kind.NUMERIC, least=-COMPONENT_MOST, most=COMPONENT_MOST) for each in names
    )
    return Schema(
        name=name,
        features=tuple(features),
        payment=PaymentColumns(time="Time", time_format=SECONDS, amount="Amount", currencies=currencies),
        label=LabelColumn(column="Class"),
    )
