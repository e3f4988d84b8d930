"""A program hears how far a training is, one JSON object a line; unheard, the training ends."""

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.cli.progress_lines import UNHEARD, progress_lines
from app.cli.training.train import train
from tests.own_payments import RECIPE, SCHEMA, write_own_payments


def test_shares_rise_to_the_whole_and_the_model_is_written(tmp_path: Path) -> None:
    data = write_own_payments(tmp_path, rows=1500, frauds=200)
    schema, recipe, lines = (tmp_path / name for name in ("schema.toml", "small.toml", "lines"))
    schema.write_text(SCHEMA, encoding="utf-8")
    recipe.write_text(RECIPE, encoding="utf-8")
    command = typer.Typer()
    command.command()(train)
    words = [str(data), "--schema", str(schema), "--recipe", str(recipe), "--version", "a"]
    words += ["--models-dir", str(tmp_path / "models"), "--progress-to", str(lines)]
    told = CliRunner().invoke(command, words)
    assert told.exit_code == 0, told.output
    heard = [json.loads(line) for line in lines.read_text().splitlines()]
    # Four fits of twelve epochs.
    assert len(heard) == 48
    assert all(earlier["share"] < later["share"] for earlier, later in pairwise(heard))
    assert heard[-1]["share"] == 1
    assert heard[-1]["doing"].startswith("fit 4 of 4, group 1, loss ")
    assert (tmp_path / "models" / "a" / "card.json").exists()


def test_who_no_longer_reads_ends_it_and_who_never_asked_is_told_nothing() -> None:
    UNHEARD.tell(share=0.5, doing="x")
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), progress_lines(Path(f"/dev/fd/{writing}")) as lines:
        lines.tell(share=0.5, doing="x")
    os.close(writing)
