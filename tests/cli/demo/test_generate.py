"""`tertium data generate`, as typed."""

from pathlib import Path

from typer.testing import CliRunner, Result

from app.cli.commands import tertium


def run(*words: str) -> Result:
    return CliRunner().invoke(tertium, ["data", *words])


def test_a_world_is_written_with_its_schema_and_can_be_checked_by_it(tmp_path: Path) -> None:
    out = tmp_path / "world" / "payments.parquet"
    made = run("generate", "-o", str(out), "--days", "9", "--cards", "2400", "--seed", "1")
    assert made.exit_code == 0, made.output
    assert "invented payments" in made.stdout
    told = run("check", "--schema", str(tmp_path / "world" / "schema.toml"), str(out))
    assert "16 features and 4 entities by the schema payments, 2026-05-01 to 2026-05-09" in told.stdout
    assert "tells the label alone" not in told.output


def test_the_same_command_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.csv" for number in range(3)]
    for file, seed in zip(files, ("1", "1", "2"), strict=True):
        made = run("generate", "-o", str(file), "--days", "2", "--cards", "300", "--seed", seed)
        assert made.exit_code == 0, made.output
    first, again, other = (file.read_bytes() for file in files)
    assert first == again
    assert first != other


def test_a_schema_of_ones_own_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "schema.toml").write_text("format = 1\n")
    made = run("generate", "-o", str(tmp_path / "payments.csv"), "--days", "1")
    assert made.exit_code == 1
    assert "is there already and says something else" in " ".join(made.stderr.split())
    assert [each.name for each in tmp_path.iterdir()] == ["schema.toml"]
    assert (tmp_path / "schema.toml").read_text() == "format = 1\n"


def test_a_file_of_another_kind_is_refused_in_a_sentence(tmp_path: Path) -> None:
    made = run("generate", "-o", str(tmp_path / "payments.xlsx"), "--days", "1")
    assert (made.exit_code, made.stderr.count("\n")) == (1, 1)
    assert list(tmp_path.iterdir()) == []
