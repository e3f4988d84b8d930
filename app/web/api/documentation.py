"""The API's description: OpenAPI, with the key it needs and an example the active model accepts."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.scoring.features import FeatureSchema
from app.web.api.schemas import example_transaction
from app.web.dependencies import KEY_HEADER

SCHEME = "APIKeyHeader"


def described(app: FastAPI, schema: FeatureSchema) -> dict[str, Any]:
    """Return the OpenAPI description of the application's routes."""
    description = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = description["components"]
    components["schemas"]["TransactionIn"]["example"] = example_transaction(schema)
    components["securitySchemes"] = {
        SCHEME: {"type": "apiKey", "in": "header", "name": KEY_HEADER, "description": "The client's API key."}
    }
    for path, operations in description["paths"].items():
        if path.startswith("/v1/"):
            for operation in operations.values():
                operation["security"] = [{SCHEME: []}]
    return description
