"""What a schema says of history, and what of it is kept: one state for each entity's key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from zlib import crc32

from app.scoring.schema.refusal import SchemaRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """That a model reads what one entity did before; raises `SchemaRefused` when it contradicts itself."""

    #: One of the schema's entities: card, terminal, device, ...
    entity: str
    #: Entities whose different ones are counted: the terminals of a card.
    partners: tuple[str, ...] = ()
    #: Whether the share of known frauds is read, as old as the label's delay.
    fraud_share: bool = False

    def __post_init__(self) -> None:
        """Refuse an entity that is its own partner, and one that is named twice."""
        if self.entity in self.partners or len(set(self.partners)) < len(self.partners):
            raise SchemaRefused(f"{self.entity}: partners are other entities, each named once")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHistory:
    """A history as states of it are kept: two schemas that say the same share them."""

    entity: str
    partners: tuple[str, ...]
    #: Whole days until a fraud counts; None: frauds are not counted.
    delay_days: int | None
    #: ISO 4217: amounts of one currency alone can be added up.
    currency: str
    #: By which states of one history are told from those of another; made once, as each payment asks.
    described: str = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what is asked for again and again."""
        delay = "" if self.delay_days is None else str(self.delay_days)
        described = "\0".join((self.entity, self.currency, delay, *self.partners))
        object.__setattr__(self, "described", described)
        # The same in every process: histories are sent from one to another.
        object.__setattr__(self, "_hash", crc32(described.encode()))

    def __hash__(self) -> int:
        """Return that of the description."""
        return self._hash


def kept_histories(
    histories: tuple[History, ...], *, delay_days: float, currency: str
) -> tuple[KeptHistory, ...]:
    """Return what is kept of the histories of a schema whose frauds are known after `delay_days`."""
    return tuple(
        KeptHistory(
            entity=each.entity,
            partners=each.partners,
            delay_days=ceil(delay_days) if each.fraud_share else None,
            currency=currency,
        )
        for each in histories
    )


def faults_of_histories(
    histories: tuple[History, ...], entities: Mapping[str, str], *, has_label: bool
) -> Iterator[str]:
    """Say what a schema's histories lack, one sentence without its full stop each."""
    for each in histories:
        unknown = [name for name in (each.entity, *each.partners) if name not in entities]
        for name in unknown:
            yield f"[[history]] ({each.entity}): {name} is none of [entities]"
        if each.fraud_share and not has_label:
            yield f"[[history]] ({each.entity}): a share of frauds needs [label]"
    named = [each.entity for each in histories]
    for name in sorted({name for name in named if named.count(name) > 1}):
        yield f"[[history]]: {name} stands there {named.count(name)} times"
