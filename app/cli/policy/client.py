"""Talking to a running service as a person: one request, one answer or one clear sentence."""

from types import TracebackType
from typing import Annotated, Any, NoReturn, Self

import httpx
import typer

from app.cli.posting import problem_line
from app.cli.server.place import fail

# A cold window of a million scores takes seconds to load.
TIMEOUT_SECONDS = 120.0
#: Fields of bodies about which the service says whole sentences.
UNNAMED = frozenset({"at", "window", "wish.promise"})

Url = Annotated[str, typer.Option("--url", envvar="TERTIUM_URL", help="Of the service.")]
USUAL_URL = "http://127.0.0.1:8000"
Token = Annotated[
    str, typer.Option("--token", envvar="TERTIUM_TOKEN", help="Yours; `tertium user token NAME` makes one.")
]


class PolicyService:
    """A service's policies; use it as a context manager.

    Every request that is not carried out ends the command with a sentence: exit code 1 when warnings
    wait for an answer, else 2.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        if not token.strip():
            fail("Who are you? Give --token or TERTIUM_TOKEN; `tertium user token NAME` makes a token.")
        if not token.strip().isascii():
            fail("A token holds only letters, digits and signs of ASCII.")
        try:
            self._client = httpx.Client(
                base_url=self._url,
                headers={"Authorization": f"Bearer {token.strip()}"},
                timeout=TIMEOUT_SECONDS,
            )
        except httpx.InvalidURL as strange:
            fail(f"{url} is not an address ({strange}).")

    def __enter__(self) -> Self:
        """Give the service."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._client.close()

    def get(self, path: str, **query: str | int | None) -> Any:
        """Return what the service says there."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._answer("GET", path, params=given)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return what the service says to this; what is None is left out."""
        given = {name: value for name, value in (body or {}).items() if value is not None}
        return self._answer("POST", path, json=given)

    def version(self, named: str) -> Any:
        """Return a version by its number, or the one that decides now by the word `active`."""
        if named != "active" and not (named.isdecimal() and named.isascii()):
            fail(f"{named} is no version: give its number, or `active`.")
        return self.get(f"/{named}")

    def _answer(self, method: str, path: str, **content: Any) -> Any:
        try:
            response = self._client.request(method, f"/v1/policies{path}", **content)
        except (httpx.TransportError, httpx.InvalidURL) as failure:
            fail(f"Nothing answers at {self._url} ({str(failure) or type(failure).__name__}).")
        try:
            body = response.json()
        except ValueError:
            fail(f"{self._url} does not answer as a Tertium service (status {response.status_code}).")
        if not response.is_success:
            _refuse(response.status_code, body)
        return body


def _refuse(status: int, body: Any) -> NoReturn:
    """End the command with what the problem (RFC 9457) says."""
    problem = body if isinstance(body, dict) else {}
    if warnings := problem.get("warnings"):
        _list_open(warnings)
        raise typer.Exit(1)
    if status == 401:
        fail(f"{_sentence(status, problem)} `tertium user token NAME` makes a new one.")
    fail(_sentence(status, problem))


def _sentence(status: int, problem: dict[str, Any]) -> str:
    wrong = [_about(each["field"], each["detail"]) for each in problem.get("errors") or ()]
    said = "; ".join(wrong) or problem.get("detail")
    if not said:
        return f"The service refused ({problem_line(status, problem)})."
    return said if said.endswith(".") else f"{said}."


def _about(field: str, detail: str) -> str:
    """Return what is wrong with a field; some sentences need no name of a field that nobody typed."""
    return detail if field in UNNAMED else f"{field}: {detail}"


def _list_open(warnings: list[dict[str, str]]) -> None:
    """Print warnings that nobody has answered, and what to add to answer them."""
    typer.secho("Nothing was changed: this has to be answered with a reason.", err=True, fg="yellow")
    for warning in warnings:
        typer.echo(f"  {warning['guard']}: {warning['sentence']}", err=True)
    options = " ".join(f'--answer {warning["guard"]}="WHY"' for warning in warnings)
    typer.echo(f"Say why it may go on all the same, and add: {options}", err=True)
