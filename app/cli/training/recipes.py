"""Folders of recipes: what is screened, the finalists, what was chosen, what own payments choose from."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.learning.training.recipe import Recipe, RecipeRefused

#: The cheaper to train first.
OWN_RECIPES = ("narrow", "binned", "pieced", "taught")


@dataclass(frozen=True, slots=True)
class Recipes:
    """A folder with `screening/`, `finalists/`, `bootstrap.toml` and `choice.toml`."""

    folder: Path | Traversable

    def screened(self) -> list[Recipe]:
        """Return what the screening tries, single networks all. Raises `RecipeRefused`."""
        return _read_all(self.folder / "screening")

    def finalists(self) -> list[Recipe]:
        """Return the finalists of the choice, at most four. Raises `RecipeRefused`."""
        return _read_all(self.folder / "finalists")

    def for_own_payments(self) -> list[Recipe]:
        """Return what own payments choose from, the cheaper first; those taught by trees where trees are.

        Raises `RecipeRefused`.
        """
        found = [read_recipe(self.folder / "own" / f"{name}.toml") for name in OWN_RECIPES]
        return [recipe for recipe in found if _has_its_teachers(recipe)]

    def bootstrap(self) -> Recipe:
        """Return the recipe of the report's bootstrap band. Raises `RecipeRefused`."""
        return read_recipe(self.folder / "bootstrap.toml")

    def choice(self) -> dict[str, Any]:
        """Return the committed choice: recipe, calibrator, candidates tried, XGBoost's settings."""
        return _table(self.folder / "choice.toml")

    def chosen(self) -> Recipe:
        """Return the recipe that ships. Raises `RecipeRefused`."""
        return read_recipe(self.folder / "finalists" / f"{self.choice()['recipe']}.toml")

    def xgboost(self) -> dict[str, float]:
        """Return the settings that XGBoost's tuning found."""
        return dict(self.choice()["xgboost"])


def shipped_recipes() -> Recipes:
    """Return the recipes that come with Tertium."""
    return Recipes(files("app.learning") / "recipes")


def _has_its_teachers(recipe: Recipe) -> bool:
    teachers = {group.distillation.teacher for group in recipe.groups if group.distillation is not None}
    return all(find_spec(library) is not None for library in teachers)


def read_recipe(path: Path | Traversable) -> Recipe:
    """Return the recipe in a TOML file. Raises `RecipeRefused` with one sentence."""
    return Recipe.from_table(path.name.removesuffix(".toml"), _table(path))


def _table(path: Path | Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise RecipeRefused(f"recipe {path.name}: {why}") from why


def _read_all(folder: Path | Traversable) -> list[Recipe]:
    try:
        found = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as why:
        raise RecipeRefused(f"recipes {folder.name}: {why}") from why
    return [read_recipe(path) for path in found if path.name.endswith(".toml")]
