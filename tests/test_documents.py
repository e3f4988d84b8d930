"""What the documents say of the house is there: every path they name, and every wing's place."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
APP = REPOSITORY / "app"
#: The first words of a path: the floors, as documents write them, and the folders beside them.
FLOORS = sorted(each.name for each in APP.iterdir() if each.is_dir() and each.name != "__pycache__")
PLACES = ("app", "tests", "docs", "migrations", "benchmarks", *FLOORS)
# Not within an address (/v1/models/...), a longer path or a link.
PATH = re.compile(rf"(?<![\w/.-])(?:{'|'.join(PLACES)})/[\w./-]*")
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/decisions/0030-wings.md",
    "docs/payments-world.md",
)
#: No folder holds more modules: whoever opens it sees all of it at once.
MOST_MODULES = 16


def named_paths(text: str) -> set[str]:
    return {found.rstrip(".-") for found in PATH.findall(text)}


def exists(path: str) -> bool:
    """Whether it is a file or folder, as written or without its ending, from the top or from `app`."""
    return any(each.exists() for top in (REPOSITORY, APP) for each in (top / path, top / f"{path}.py"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    named = named_paths((REPOSITORY / document).read_text())
    assert named
    assert [path for path in sorted(named) if not exists(path)] == []


def test_a_path_that_is_not_there_is_noticed() -> None:
    named = named_paths("see `web/pages/desk_read.py`, workflows/judging and /v1/models/x.")
    assert named == {"web/pages/desk_read.py", "workflows/judging"}
    assert not any(exists(path) for path in named)


def test_no_folder_is_a_corridor() -> None:
    folders = [folder for folder in (APP, *APP.rglob("*")) if folder.is_dir()]
    crowded = {str(folder): n for folder in folders if (n := len(list(folder.glob("*.py")))) > MOST_MODULES}
    assert crowded == {}


def test_the_map_names_every_wing_that_the_contracts_order() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    contracts = [
        each for each in settings["tool"]["importlinter"]["contracts"] if each["name"].startswith("Wings of")
    ]
    wings = {
        wing.strip()
        for each in contracts
        for layer in each["layers"]
        for wing in layer.split("|")
        if each["containers"] != ["app.web.pages"]  # its base is told in words
    }
    assert len(contracts) == 5
    told = (REPOSITORY / "docs/architecture.md").read_text()
    assert [wing for wing in sorted(wings) if not re.search(rf"\b{wing}\b", told)] == []
