"""The table of a policy's values: parser, file, API, form, tables and differences go by it."""

from collections.abc import Mapping

from app.scoring.templated_text import Templated
from app.triage.costs import Costs
from app.triage.described import Described, Section, described
from app.triage.policies.policy import AmountBand, Bounds, Policy
from app.triage.refusal import PolicyImpossible
from app.triage.staffing import Staffing

#: The tables of a document that hold values of their own.
TABLES: Mapping[str, type[Costs | Staffing]] = {"costs": Costs, "staffing": Staffing}
#: Every value but the bands', in the order of a policy's file.
FIELDS: tuple[Described, ...] = tuple(
    sorted(
        (*described(Policy), *(each for name, kind in TABLES.items() for each in described(kind, name))),
        key=lambda each: list(Section).index(each.meaning.section),
    )
)
#: The values of one amount band, by their names in it.
BAND_FIELDS = (*described(AmountBand), *described(Bounds))
_BY_PATH = {each.path: each for each in (*BAND_FIELDS, *FIELDS)}
#: Names of earlier releases: documents that hold them are read, none is written (decision 31).
FORMER_NAMES = {"patience_minutes": "urgency_tau_minutes"}


def field_of(path: str) -> Described | None:
    """Return the field of a value by its path, such as `costs.review` or `bands.1000.approve_at_most`.

    >>> field_of("bands.1000.approve_at_most").meaning.label
    'Approve up to'
    """
    return _BY_PATH.get(path.rpartition(".")[2] if path.startswith("bands.") else path)


def with_current_names(document: Mapping[str, object]) -> dict[str, object]:
    """Return a document with today's names; raises `PolicyImpossible` where it has both of one value."""
    for former, current in FORMER_NAMES.items():
        if former in document and current in document:
            raise PolicyImpossible(
                former,
                Templated(
                    "%(former)s is the former name of %(current)s: keep %(current)s alone",
                    former=former,
                    current=current,
                ),
            )
    return {FORMER_NAMES.get(name, name): value for name, value in document.items()}
