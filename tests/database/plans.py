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


#: A partition with so few rows lies on a page or two: reading it whole is the cheapest way.
_FEW = 100


def scanned(nodes: list[dict[str, Any]], *, begins: str) -> set[str]:
    """Return the tables of this name and more than a few rows that were read from end to end."""
    return {
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan"
        and node["Relation Name"].startswith(begins)
        and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > _FEW
    }
