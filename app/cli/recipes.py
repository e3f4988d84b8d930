"""The recipes that come with Tertium, as files."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from app.learning.training.recipe import Recipe, RecipeRefused

FOLDER = files("app.learning") / "recipes"
#: What was tuned and chosen on the development rows, before any figure was reported.
CHOICE = "choice.toml"


def read_recipe(path: Path | Traversable) -> Recipe:
    """Return the recipe in a TOML file. Raises `RecipeRefused` with one sentence."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise RecipeRefused(f"recipe {path.name}: {why}") from why
    return Recipe.from_table(path.name.removesuffix(".toml"), table)


def screened_recipes() -> list[Recipe]:
    """Return what the screening tries, single networks all."""
    return _read_all(FOLDER / "screening")


def finalists() -> list[Recipe]:
    """Return the finalists of the choice, at most four."""
    return _read_all(FOLDER / "finalists")


def bootstrap_recipe() -> Recipe:
    """Return the recipe of the report's bootstrap band."""
    return read_recipe(FOLDER / "bootstrap.toml")


def choice() -> dict[str, Any]:
    """Return the committed choice: recipe, calibrator, candidates tried, XGBoost's settings."""
    told: dict[str, Any] = tomllib.loads((FOLDER / CHOICE).read_text(encoding="utf-8"))
    return told


def xgboost_settings() -> dict[str, float]:
    """Return the settings that XGBoost's tuning found."""
    return dict(choice()["xgboost"])


def chosen_recipe() -> Recipe:
    """Return the recipe that ships."""
    return read_recipe(FOLDER / "finalists" / f"{choice()['recipe']}.toml")


def _read_all(folder: Traversable) -> list[Recipe]:
    found = sorted(folder.iterdir(), key=lambda path: path.name)
    return [read_recipe(path) for path in found if path.name.endswith(".toml")]
