"""Who may log in to the demo, and whose payments arrive."""

from typing import TYPE_CHECKING

import typer

from app.review.access.people import Role

if TYPE_CHECKING:
    from app.workflows.access.accounts import Accounts

CLIENT = "demo shop"
PEOPLE = (
    ("ada", "Ada", Role.ANALYST),
    ("grace", "Grace", Role.MANAGER),
    ("barbara", "Barbara", Role.MANAGER),
    ("margaret", "Margaret", Role.ADMIN),
)


async def add_people(people: "Accounts") -> None:
    """Add who is not there yet; who is keeps all they have."""
    from app.database.access.accounts import NameTaken

    for name, display_name, role in PEOPLE:
        try:
            await people.add(name=name, display_name=display_name, role=role, password=None)
        except NameTaken:
            typer.echo(f"{display_name} is known from before.")


async def fresh_links(people: "Accounts") -> list[str]:
    """Return the token of a fresh login link for each, in order."""
    return [await people.new_link_token(name) for name, _, _ in PEOPLE]
