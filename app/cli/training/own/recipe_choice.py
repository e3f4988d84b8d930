"""The recipe own payments are learned by: chosen under a moving bar, told as a table, kept in the card."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from app.cli.printing import bar

if TYPE_CHECKING:
    from app.cli.training.training_source import TrainingSource
    from app.learning.first_policy import Plan
    from app.learning.taught.recipe_choice import RecipeChoice


def chosen_recipe(source: "TrainingSource", plan: "Plan") -> "tuple[Plan, RecipeChoice]":
    """Return the plan with the recipe that inner folds speak for, and what they said of each.

    Raises `DatasetRefused` for too few rows, `RecipeRefused` or `NothingLearned`.
    """
    from app.cli.training.recipes import shipped_recipes
    from app.learning.taught.recipe_choice import choose_recipe

    source.refuse_too_few(plan)
    with bar() as progress:
        task = progress.add_task("choosing a recipe", total=None)

        def watch(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=f"trying the recipe {name}")

        choice = choose_recipe(source.labelled, shipped_recipes().for_own_payments(), plan, watch=watch)
    _tell(choice)
    return replace(plan, recipe=choice.recipe), choice


def _tell(choice: "RecipeChoice") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, title=None)
    for heading in ("recipe", "NLL of inner folds", "above the best"):
        table.add_column(heading)
    for each in choice.tried:
        above = f"{each.above_best:.5f} (standard error {each.standard_error:.5f})" if each.above_best else ""
        mark = "  chosen" if each.recipe == choice.recipe.name else ""
        table.add_row(each.recipe + mark, f"{each.nll:.5f}", above)
    Console().print(table)


def choice_facts(choice: "RecipeChoice | None") -> dict[str, Any]:
    """Return what the card says of the choice; nothing where none was made."""
    if choice is None:
        return {}
    return {
        "recipe_choice": {
            "chosen": choice.recipe.name,
            "by": "NLL on inner folds of the development rows; the cheapest within one standard error",
            "rows_measured": choice.rows,
            "tried": [asdict(each) for each in choice.tried],
        }
    }
