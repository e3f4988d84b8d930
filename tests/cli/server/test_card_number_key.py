"""By which secret card numbers are masked: one that is set, or one that the installation keeps for itself."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.commands import tertium
from app.main.card_numbers import KEY_FILE, CardNumberKeyUnusable, card_number_rule
from app.review.card_numbers.rule import CardNumberRule
from app.settings import Settings

SECRET = "0123456789abcdef0123456789abcdef"


def masking(folder: Path, **settings: object) -> Settings:
    return Settings(card_numbers="mask", data_dir=folder, **settings)  # type: ignore[arg-type]


def test_by_default_card_numbers_are_refused_and_no_secret_is_made(tmp_path: Path) -> None:
    assert card_number_rule(Settings(data_dir=tmp_path)) == CardNumberRule()
    assert list(tmp_path.iterdir()) == []


def test_the_own_secret_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ThreadPoolExecutor(8) as workers:
        rules = list(workers.map(lambda _: card_number_rule(masking(folder)), range(8)))
    assert len({rule.key for rule in rules}) == 1
    assert rules[0] == card_number_rule(masking(folder))
    file = folder / KEY_FILE
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert card_number_rule(masking(tmp_path / "other")) != rules[0]


def test_a_secret_that_is_set_is_used_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET}\n")
    of_file = card_number_rule(masking(tmp_path / "data", card_number_key_file=file))
    assert of_file == card_number_rule(masking(tmp_path / "data", card_number_key=SECRET))
    assert of_file == CardNumberRule(key=SECRET.encode())
    assert not (tmp_path / "data").exists()


def test_a_damaged_or_unreachable_secret_is_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).parent.mkdir()
    (tmp_path / KEY_FILE).write_text("cut")
    with pytest.raises(CardNumberKeyUnusable, match="is damaged: restore the file"):
        card_number_rule(masking(tmp_path))
    with pytest.raises(CardNumberKeyUnusable, match="cannot be used"):
        card_number_rule(masking(tmp_path / KEY_FILE))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CARD_NUMBERS": "hide"}, "TERTIUM_CARD_NUMBERS ('hide') is invalid"),
        ({"CARD_NUMBERS": "mask"}, "needs TERTIUM_CARD_NUMBER_KEY_FILE or TERTIUM_CARD_NUMBER_KEY"),
        ({"CARD_NUMBERS": "mask", "CARD_NUMBER_KEY": "short"}, "TERTIUM_CARD_NUMBER_KEY is invalid"),
        ({"CARD_NUMBERS": "mask", "CARD_NUMBER_KEY_FILE": "/dev/null"}, "TERTIUM_CARD_NUMBER_KEY_FILE"),
    ],
)
def test_what_cannot_mask_is_one_sentence_that_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], words: str
) -> None:
    monkeypatch.setenv("TERTIUM_DATABASE_URL", "postgresql://somewhere/tertium")
    for name, value in settings.items():
        monkeypatch.setenv(f"TERTIUM_{name}", value)
    result = CliRunner().invoke(tertium, ["migrate"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
    assert words in result.stderr
    assert "short" not in result.stderr
