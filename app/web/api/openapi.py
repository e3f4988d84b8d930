"""The API's description: OpenAPI, with the keys it needs and examples that work as they stand."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.triage.policies.document import document_of
from app.web.api.payments.schemas import example_transaction
from app.web.dependencies import KEY_HEADER
from app.web.problems import MEDIA_TYPE
from app.workflows.models.serving import ActivePair

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


#: What may be heard wherever a body is sent, whatever it is about.
OF_A_BODY = {
    "400": "The body cannot be read; the problem says where.",
    "413": "The body holds more than is read at once.",
    "415": "The body is of a kind that is not read here.",
}
#: And wherever the address names something.
OF_A_NAME = {"404": "There is nothing of this name."}
#: What people do, not payment services.
BY_PEOPLE = ("/v1/policies", "/v1/drift", "/v1/people", "/v1/keys", "/v1/jobs", "/v1/quality", "/v1/lists")


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
                _say_problems(path, operation)
    return description


def _say_problems(path: str, operation: dict[str, Any]) -> None:
    """Add the problems that the framework and the reader of bodies answer, each as it is really sent."""
    responses: dict[str, Any] = operation["responses"]
    also = (OF_A_BODY if "requestBody" in operation else {}) | (OF_A_NAME if "{" in path else {})
    for status, words in also.items():
        schema = {"$ref": "#/components/schemas/Problem"}
        responses.setdefault(
            status, {"description": words, "content": {"application/json": {"schema": schema}}}
        )
    for status, response in responses.items():
        if int(status) >= HTTPStatus.BAD_REQUEST:
            # The framework files a route's problems under the media type of its good answers.
            (told,) = response["content"].values()
            response["content"] = {MEDIA_TYPE: told}
