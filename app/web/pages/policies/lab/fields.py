"""The fields of the lab's form: the policy's values as people type them, and as they were measured."""

from dataclasses import dataclass
from decimal import Decimal

from app.triage.certificate import LARGEST_SHARE, MOST_STEPS, SMALLEST_SHARE
from app.triage.described import SHARE, Described, Section
from app.triage.measured_rates import BASES, ENOUGH_CASES, MeasuredRate, MeasuredRates
from app.triage.policies import fields
from app.triage.refusal import LARGEST_NUMBER, PolicyImpossible
from app.web.languages.sentences import capital, marked, said, worded
from app.web.pages.typed_number import NumberUnclear, typed_float, unmistakable


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A number of a policy's document, by its path in it."""

    path: str
    label: str
    #: Shares are typed in percent.
    is_share: bool = False
    is_whole: bool = False
    #: Empty means that there is no such limit.
    is_optional: bool = False
    unit: str = ""
    #: What the number may be, both included, as the document holds it.
    lowest: float = -LARGEST_NUMBER
    highest: float = LARGEST_NUMBER

    def typed(self, value: float | None) -> str:
        """Return a value as a person would type it: exact, so that what nobody touched stays the same."""
        if value is None:
            return ""
        return unmistakable(Decimal(repr(float(value))).scaleb(2 if self.is_share else 0))

    def meant(self, text: str, name: str = "") -> float | int | None:
        """Return what was typed; raises `PolicyImpossible` for what is no number of this field.

        `name` is that of the input, where it is not the path.
        """
        if not text.strip():
            if self.is_optional:
                return None
            raise PolicyImpossible(name or self.path, worded("%(label)s is missing.", label=self.label))
        try:
            number = typed_float(text, scale=-2 if self.is_share else 0)
        except NumberUnclear as why:
            raise PolicyImpossible(name or self.path, f"{self.label}: {why}") from why
        if not self.lowest <= number <= self.highest:
            limits = worded(
                "from %(lowest)s to %(highest)s",
                lowest=self.typed(self.lowest),
                highest=self.typed(self.highest),
            )
            unit = f" ({self.unit})" if self.unit else ""
            raise PolicyImpossible(
                name or self.path,
                worded(
                    "Invalid value: %(label)s must be %(limits)s%(unit)s, not %(text_)s.",
                    label=self.label,
                    limits=limits,
                    unit=unit,
                    text_=text.strip(),
                ),
            )
        if self.is_whole and not number.is_integer():
            raise PolicyImpossible(
                name or self.path,
                worded(
                    "Invalid value: %(label)s must be a whole number, not %(text_)s.",
                    label=self.label,
                    text_=text.strip(),
                ),
            )
        return int(number) if self.is_whole else number


def _field(described: Described) -> Field:
    meaning = described.meaning
    is_share = meaning.unit == SHARE
    return Field(
        path=described.path,
        label=marked(meaning.label),
        is_share=is_share,
        is_whole=described.kind is int,
        is_optional=described.is_optional,
        unit="%" if is_share else marked(meaning.unit),
        lowest=meaning.lowest,
        highest=meaning.highest,
    )


def field_at(path: str) -> Field:
    """Return the field of a value by its path, a band's too."""
    described = fields.field_of(path)
    if described is None:
        raise LookupError(path)
    return _field(described)


def of_section(*sections: Section) -> tuple[Field, ...]:
    """Return the numbers of parts of the file, in its order."""
    return tuple(
        _field(each) for each in fields.FIELDS if each.is_number and each.meaning.section in sections
    )


ALL = of_section(*Section)
BOUNDS = tuple(each for each in of_section(Section.BOUNDS) if not each.is_optional)
LEGIT_BOUNDS = tuple(each for each in of_section(Section.BOUNDS) if each.is_optional)
#: What is chosen rather than typed.
CHOICES = tuple(each for each in fields.FIELDS if each.meaning.words)
#: The fields of an amount band, by their names in it.
BAND_FIELDS = tuple(map(_field, fields.BAND_FIELDS))

_SHARES = tuple(
    Field(
        path=path,
        label=label,
        is_share=True,
        is_optional=is_optional,
        unit="%",
        lowest=SMALLEST_SHARE,
        highest=LARGEST_SHARE,
    )
    for path, label, is_optional in (
        ("miss_rate", marked("Frauds approved, at most"), False),
        ("confidence", marked("Confidence"), False),
        ("decline_precision", marked("Frauds among declines, at least"), True),
        ("false_decline_rate", marked("Legits declined, at most"), True),
    )
)
PROMISED = (
    *_SHARES,
    Field(
        path="chosen_among",
        label=marked("Chosen among, promises looked at"),
        is_whole=True,
        lowest=1,
        highest=MOST_STEPS,
    ),
)

#: The rates of people among the costs.
PEOPLE_RATES = ("costs.detection_rate", "costs.analyst_false_decline_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredView:
    """A rate by one kind of truth, in words."""

    sentence: str
    #: What a button says that fills the field with it; empty where it is known from too little.
    key: str
    #: With which words it is offered.
    offer: str


def measured_views(path: str, measured: MeasuredRates) -> tuple[MeasuredView, ...]:
    """Return what was measured of a field; nothing of fields that are no rate of people."""
    return tuple(_view(path, each) for each in _measured(path, measured))


def measured_text(key: str, measured: MeasuredRates) -> tuple[str, str] | None:
    """Return which field a button fills, and with which text; None: it is not offered."""
    for path in PEOPLE_RATES:
        for each in _measured(path, measured):
            if each.is_usable and key == _key(path, each) and each.rate.value is not None:
                return path, _typed(path, each.rate.value)
    return None


def _measured(path: str, measured: MeasuredRates) -> tuple[MeasuredRate, ...]:
    if path not in PEOPLE_RATES:
        return ()
    found: tuple[MeasuredRate, ...] = getattr(measured, path.removeprefix("costs."))
    return found


def _key(path: str, each: MeasuredRate) -> str:
    return f"{path}/{each.basis}"


def _view(path: str, each: MeasuredRate) -> MeasuredView:
    sentence = f"{capital(said(BASES[each.basis]))}: {said(each.told)}."
    value = each.rate.value
    if value is not None and not each.is_usable:
        sentence = worded(
            "%(sentence)s Too few to use: %(enough_cases)s needed.",
            sentence=sentence,
            enough_cases=ENOUGH_CASES,
        )
    offer = _offer(path, value) if each.is_usable and value is not None else ""
    return MeasuredView(sentence=sentence, key=_key(path, each) if offer else "", offer=offer)


def _offer(path: str, value: float) -> str:
    return worded("Use the measured value, %(path)s %%", path=_typed(path, value))


def _typed(path: str, value: float) -> str:
    # Tenths of a percent: no interval of people is narrower.
    return field_at(path).typed(round(value, 3))
