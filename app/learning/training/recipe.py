"""How a network is trained: everything but the data, read from a TOML table."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


class RecipeRefused(ValueError):
    """A recipe names something that does not exist, or a number that makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The shape of a group's networks."""

    hidden: tuple[int, ...] = (128, 64)
    dropout: float = 0.1
    head: str = "margin"
    #: Ways in which a column enters, see `app.scoring.network.embeddings`.
    embedding: tuple[str, ...] = ("clamped", "signed_log")
    #: Of the embedding `clamped` (standard deviations).
    clamp: float = 5.0
    #: Of the embedding `piecewise_linear`: bins by quantiles of all rows, and half as many of frauds; of
    #: `tree_pieces`: bins at most, by a tree of each column.
    bins: int = 8
    #: Of the embedding `periodic`: waves per column, and the spread of their frequencies.
    waves: int = 4
    frequency: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What the weights are fitted to."""

    #: likelihood, focal, inverse_focal, logit_norm.
    loss: str = "likelihood"
    #: Of the focal losses.
    gamma: float = 2.0
    #: Of logit_norm: the temperature.
    temperature: float = 0.04
    #: A fraud counts this many times; the margin is corrected by its logarithm afterwards.
    fraud_weight: float = 1.0
    #: Cui et al. 2019; None: no class balance. Sets `fraud_weight` by the numbers of rows.
    class_balance: float | None = None
    label_smoothing: float = 0.0
    #: Beta(mixup, mixup); 0: none.
    mixup: float = 0.0
    #: Share of made-up far-off rows whose target is the base rate.
    outlier_exposure: float = 0.0
    #: soft_binned_ece or avuc, added with its weight.
    auxiliary: str | None = None
    auxiliary_weight: float = 0.1
    #: smote: synthetic frauds inside the training part.
    oversampling: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distillation:
    """What a teacher teaches: its logits, on real rows and on rows between real rows."""

    #: A teacher of `app.learning.teachers`.
    teacher: str = "xgboost"
    #: Rows between real rows, per real row.
    made_up_per_row: int = 6
    #: How many times likelier a fraud is drawn as a parent.
    fraud_weight: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long, and in which steps."""

    epochs: int = 30
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch_rows: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Networks trained alike, from different starts."""

    members: int = 1
    network: Network = Network()
    objective: Objective = Objective()
    schedule: Schedule = Schedule()
    #: None: the group learns from the labels themselves.
    distillation: Distillation | None = None
    #: Whether each member sees its own bootstrap sample of the rows.
    bootstrap: bool = False

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """Read a group. Raises `RecipeRefused` for a name nobody knows or a value of another kind."""
        parts = {"network": Network, "objective": Objective, "schedule": Schedule}
        read: dict[str, Any] = {name: _read(part, table.get(name, {})) for name, part in parts.items()}
        if "distillation" in table:
            read["distillation"] = _read(Distillation, table["distillation"])
        rest = {name: value for name, value in table.items() if name not in read}
        return cls(**_known(cls, rest), **read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One or several groups of networks; their margins are averaged."""

    name: str
    #: What the recipe tries, in one sentence.
    about: str
    groups: tuple[Group, ...]

    @classmethod
    def from_table(cls, name: str, table: Mapping[str, Any]) -> Self:
        """Read a recipe as `tomllib` gives it. Raises `RecipeRefused`."""
        groups = table.get("groups", [])
        if not groups:
            raise RecipeRefused(f"recipe {name} has no [[groups]]")
        unknown = set(table) - {"about", "groups"}
        if unknown:
            raise RecipeRefused(f"recipe {name}: nobody knows {', '.join(sorted(unknown))}")
        return cls(
            name=name,
            about=str(table.get("about", "")),
            groups=tuple(Group.from_table(group) for group in groups),
        )

    @property
    def members(self) -> int:
        """Networks in all."""
        return sum(group.members for group in self.groups)


def _read(part: type[Any], table: Mapping[str, Any]) -> Any:
    return part(**_known(part, table))


def _known(part: type[Any], table: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(part)}
    unknown = set(table) - names
    if unknown:
        raise RecipeRefused(f"{part.__name__.lower()}: nobody knows {', '.join(sorted(unknown))}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
