"""Every CSV file: safe in a spreadsheet, and nothing in it changed."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.pages.csv_cells import BYTE_ORDER_MARK, guarded, heading, line, unguarded

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
#: Texts of which spreadsheets make something else.
TEMPTING = st.text(st.sampled_from("=+-@\t\r\n'\",;|0159.:/eE \uff1d\u2212jan\u200b"), max_size=12)

FORMULAS = (
    *(
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        '=HYPERLINK("http://x")',
        "=cmd|' /C calc'!A0",
    ),
    *("\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\ufe63x", "\u22121", "\u200b=1", "\u00a0=1", "-"),
)
CHANGED = (
    *("00123", "12345678901234567890", "1E5", "12e34567", "1.5", "1,5", "1/2", "3-4", "2026-05-01", "10:30"),
    *(
        "2026-05-01T12:00:00Z",
        "MAR1",
        "1 mar",
        "Sept-2",
        "may 5, 2026",
        "TRUE",
        "false",
        "10 pm",
        "50%",
        "#N/A",
    ),
    *("192.168.1.1", "(5)", "\uff11\uff12", "\u20ac5", "1'000"),
)
KEPT = (
    *(
        "",
        "M-20417",
        "demo-51fb4237-438",
        "a=b",
        "May",
        "mary 5th",
        "\u2022\u2022\u2022\u2022 8841",
        "tablet 702f74",
    ),
    *("O'Hara", "'quoted'", "e5", "Ada"),
)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_run_as_a_formula(text: str) -> None:
    (row,) = read(line((text, "next")))
    assert row[0].startswith("'")
    assert [unguarded(cell) for cell in row] == [text, "next"]


@pytest.mark.parametrize("text", CHANGED)
def test_no_text_is_taken_for_a_number_a_date_or_a_truth(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", KEPT)
def test_usual_text_is_left_as_it_is(text: str) -> None:
    assert guarded(text) == text


@given(st.lists(ANY_TEXT | TEMPTING, min_size=1))
def test_every_text_comes_back_as_it_was(cells: list[str]) -> None:
    (row,) = read(line([*cells, "end"]))
    assert [unguarded(cell) for cell in row] == [*cells, "end"]


@given(ANY_TEXT | TEMPTING)
def test_no_program_splits_a_cell_elsewhere(text: str) -> None:
    """LibreOffice offers to split at semicolons, tabs and spaces as well: a quoted cell it leaves whole."""
    written = line((text,)).removesuffix("\r\n")
    if set(written) & set(';\t ,|\r\n"'):
        assert written.startswith('"')
        assert written.endswith('"')


@given(
    st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, places=4)
    | st.floats(allow_nan=False, allow_infinity=False)
)
def test_numbers_stay_numbers(number: Decimal | float) -> None:
    (row,) = read(line((number,)))
    assert Decimal(row[0]) == Decimal(str(number))
    assert not set(row[0]) - set("-0123456789.")


def test_moments_truths_and_nothing_have_their_forms() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert (
        line((noon, True, None, -5, Decimal("-0.5000"))) == "2026-05-01T12:00:00+00:00,true,,-5,-0.5000\r\n"
    )


def test_a_file_begins_so_that_excel_reads_its_letters() -> None:
    file = (heading(("name", "city")) + line(("J\u00fcrgen", "a\r\nb"))).encode()
    assert file.startswith(b"\xef\xbb\xbfname,city\r\n")
    assert BYTE_ORDER_MARK == "\ufeff"
    assert list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""))) == [
        {"name": "J\u00fcrgen", "city": "a\r\nb"}
    ]


@pytest.mark.parametrize("cell", ["'abc", "'O", "''", "'", "it's"])
def test_an_apostrophe_of_their_own_stays(cell: str) -> None:
    assert unguarded(cell) == cell
