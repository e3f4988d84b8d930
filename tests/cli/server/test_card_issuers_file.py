"""The operator's table of card issuers: read as the service starts, or refused with a sentence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.commands import tertium
from app.main.card_issuers import CardIssuersUnusable, card_issuers
from app.review.card_issuers import CardIssuer


def test_without_a_file_no_issuer_is_known() -> None:
    assert card_issuers(None).by_prefix == {}


def test_a_spreadsheets_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "bins.csv"
    file.write_bytes("\ufeffcountry,prefix,brand,product,note\r\nAT,411111,Visa,debit,x\r\n".encode())
    assert card_issuers(file).by_prefix == {"411111": CardIssuer(brand="Visa", country="AT", product="debit")}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"prefix,brand\n4,Visa\n", "lacks the column country"),
        (b"", "lacks the column prefix"),
        (b"prefix,brand,country\n4,Visa,AT\nx,Visa,AT\n", "line 3: 'x' is not 1 to 8 digits"),
        (b"prefix,brand,country\n4,\xff,AT\n", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said_at_the_start(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "bins.csv"
    file.write_bytes(content)
    with pytest.raises(CardIssuersUnusable, match=why):
        card_issuers(file)


def test_the_service_does_not_start_with_half_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bins.csv"
    file.write_text("prefix,brand\n")
    monkeypatch.setenv("TERTIUM_CARD_ISSUERS_FILE", str(file))
    answer = CliRunner().invoke(tertium, ["serve", "--data-dir", str(tmp_path / "data"), "--port", "0"])
    assert answer.exit_code == 2
    assert "lacks the column country" in answer.output
