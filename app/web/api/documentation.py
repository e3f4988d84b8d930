"""The API's description: OpenAPI, with the keys it needs and examples that work as they stand."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.triage.policy_document import document_of
from app.web.api.schemas import example_transaction
from app.web.dependencies import KEY_HEADER
from app.workflows.modelling import ActivePair

#: What proves who calls: a payment service by its key, a person's program by a token.
SCHEMES: dict[str, dict[str, str]] = {
    "APIKeyHeader": {
        "type": "apiKey",
        "in": "header",
        "name": KEY_HEADER,
        "description": "The client's API key.",
    },
    "AccessToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "A personal access token, made by `tertium user token NAME`.",
    },
}


#: What people do, not payment services.
BY_PEOPLE = ("/v1/policies", "/v1/people", "/v1/keys")


def described(app: FastAPI, active: ActivePair) -> dict[str, Any]:
    """Return the OpenAPI description of the application's routes."""
    description = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = description["components"]
    components["schemas"]["TransactionIn"]["example"] = example_transaction(active.model.schema)
    components["schemas"]["PolicyDocument"]["example"] = document_of(active.policy)
    components["securitySchemes"] = SCHEMES
    for path, operations in description["paths"].items():
        if path.startswith("/v1/"):
            scheme = "AccessToken" if path.startswith(BY_PEOPLE) else "APIKeyHeader"
            for operation in operations.values():
                operation["security"] = [{scheme: []}]
    return description
