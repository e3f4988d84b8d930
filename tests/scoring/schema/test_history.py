"""A schema says whose history a model reads; what contradicts that is told at once."""

import pytest

from app.scoring.schema.document import document_of, schema_from
from app.scoring.schema.refusal import SchemaRefused

PAYMENT = '[payment]\ntime = "at"\namount = "total"\n'
LABEL = '[label]\ncolumn = "fraud"\ndelay_days = 7\n'
ENTITIES = '[entities]\ncard = "card"\nterminal = "terminal"\n'
HISTORY = '[[history]]\nentity = "card"\npartners = ["terminal"]\nfraud_share = true\n'


def text(*, payment: str = PAYMENT, label: str = LABEL, history: str = HISTORY) -> str:
    return f'format = 1\nname = "x"\n{payment}{label}{ENTITIES}{history}'


def test_history_is_read_as_it_was_written() -> None:
    schema = schema_from(text())
    assert schema_from(document_of(schema)) == schema
    assert schema.names == ()
    assert len(schema.derived) == 28
    assert set(schema.readable) == {each.name for each in schema.derived}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"history": HISTORY.replace("terminal", "shop")}, "shop is none of"),
        ({"history": HISTORY + HISTORY}, "card stands there 2 times"),
        ({"history": HISTORY.replace("terminal", "card")}, "partners are other entities"),
        ({"history": HISTORY + "half_lives = 3\n"}, "nobody knows half_lives"),
        ({"label": ""}, r"needs \[label\]"),
        ({"label": LABEL.replace("7", "91")}, "90 days of delay_days at most"),
        ({"payment": '[payment]\namount = "total"\n'}, r"needs \[payment\] time"),
        ({"payment": PAYMENT + 'time_format = "seconds"\n'}, "more than one file"),
        ({"payment": PAYMENT + 'currencies = ["EUR", "USD"]\n'}, "must be one"),
        ({"payment": '[payment]\ntime = "at"\n'}, "needs amount"),
        ({"history": HISTORY + '[[features]]\nname = "card"\nkind = "numeric"\n'}, "tells no keys apart"),
        (
            {"history": HISTORY + '[[features]]\nname = "card: terminal is new"\nkind = "numeric"\n'},
            "give the feature another name",
        ),
    ],
)
def test_what_contradicts_itself_is_told(given: dict[str, str], fault: str) -> None:
    with pytest.raises(SchemaRefused, match=fault):
        schema_from(text(**given))
