"""A policy's document as the API reads and writes it, made of the table of its fields."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model, model_validator

from app.triage.described import Described, described
from app.triage.policies.document import document_of, policy_of
from app.triage.policies.fields import BAND_FIELDS, FIELDS, TABLES, with_current_names
from app.triage.policies.policy import Policy
from app.triage.refusal import PolicyImpossible

Meant = TypeVar("Meant")

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
NO_LIMIT = " Null: no limit."
_KINDS: Mapping[type, Any] = {float: Number, int: Whole, str: Name}


class Part(BaseModel):
    """What holds values of a policy, and nothing else."""

    model_config = ConfigDict(extra="forbid")


class PolicyBody(Part):
    """A policy; what is left out has no limit, or its usual value."""

    @model_validator(mode="before")
    @classmethod
    def read_former_names(cls, told: object) -> object:
        """Read the names of earlier releases as today's."""
        return with_current_names(told) if isinstance(told, Mapping) else told

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Return a policy as it goes out."""
        return cls.model_validate(document_of(policy))

    def policy(self, where: str = "document") -> Policy:
        """Return the policy; what it cannot mean is refused by name, as a field below `where`."""
        document = self.model_dump(mode="json", exclude_none=True)
        return meaning(lambda: policy_of(document), where)


def _values(fields: Iterable[Described]) -> dict[str, Any]:
    return {each.name: _value(each) for each in fields}


def _value(field: Described) -> tuple[Any, Any]:
    kind, description = _KINDS.get(field.kind, field.kind), field.meaning.description
    if field.is_required:
        return kind, Field(description=description)
    if not field.is_number:
        return kind, Field(default=field.default, description=description)
    return kind | None, Field(default=None, description=description + (NO_LIMIT if field.is_optional else ""))


def _part(name: str, fields: Sequence[Described]) -> Any:
    words = f"{fields[-1].meaning.section}."
    return create_model(name, __base__=Part, __doc__=words, **_values(fields))


if TYPE_CHECKING:
    PolicyDocument = PolicyBody
else:
    BandPart = _part("BandPart", BAND_FIELDS)
    PolicyDocument = create_model(
        "PolicyDocument",
        __base__=PolicyBody,
        __doc__=PolicyBody.__doc__,
        **_values(each for each in FIELDS if not each.table),
        **{
            name: (_part(f"{name.capitalize()}Part", described(kind)) | None, None)
            for name, kind in TABLES.items()
        },
        bands=(list[BandPart], Field(default=[], description="Ascending by `amount_from`; usually none.")),
    )


def meaning(read: Callable[[], Meant], where: str) -> Meant:
    """Return what a body means; a `PolicyImpossible` becomes a refusal that names the field."""
    try:
        return read()
    except PolicyImpossible as impossible:
        raise refused(f"{where}.{impossible.field}", str(impossible)) from impossible


def refused(field: str, sentence: str) -> RequestValidationError:
    """Return the refusal of one field of the body."""
    return RequestValidationError([{"loc": ("body", field), "msg": sentence, "type": "value_error"}])
