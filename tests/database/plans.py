"""How the server runs a statement: every step, with the rows it read."""

from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def nodes_of(
    connection: AsyncConnection, statement: TextClause, **parameters: Any
) -> list[dict[str, Any]]:
    """Return every node of the plan as it ran."""
    explained = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}")
    ((plan,),) = await connection.execute(explained, parameters)
    nodes, waiting = [], [plan[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting += node.get("Plans", [])
    return nodes


def scanned(nodes: list[dict[str, Any]]) -> dict[str, int]:
    """Return the tables that were read from end to end, and how many rows each gave or threw away.

    Of an empty partition that is the cheapest way.
    """
    rows: dict[str, int] = {}
    for node in nodes:
        if node["Node Type"] == "Seq Scan":
            read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            rows[node["Relation Name"]] = rows.get(node["Relation Name"], 0) + read * node["Actual Loops"]
    return rows
