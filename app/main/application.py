"""The application: routers, middleware, and the services while it runs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from app.database.clock import DatabaseClock
from app.main.running import over_database
from app.observability.metrics import Metrics
from app.settings import REPOSITORY, VERSION, Settings
from app.web.api.openapi import described
from app.web.errors import handle_errors, unexpected_answer
from app.web.fast_intake import FastIntake
from app.web.languages.reader import ReaderOfRequest
from app.web.middleware import BodyLimit, HeadAsGet, SecurityHeaders
from app.web.old_addresses import OldAddresses
from app.web.pages.assets import Assets
from app.web.proxies import BehindProxy
from app.web.request_log import RequestLog
from app.web.routers import ROUTES
from app.web.services import Services


class Application(FastAPI):
    """The framework's application, and what stands in front of it."""

    def __init__(self, *, front: Callable[[ASGIApp], ASGIApp], **options: Any) -> None:
        super().__init__(**options)
        #: Without what stands in front.
        self.framework: ASGIApp = super().__call__
        self._front = front(self.framework)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let what stands in front answer, or hand on."""
        scope["app"] = self
        await self._front(scope, receive, send)


def create_app(settings: Settings, database_url: str, *, clock: DatabaseClock | None = None) -> FastAPI:
    """Return the application over a migrated database, on its clock; nothing is opened before it starts."""
    counted = Metrics()
    app = Application(
        title="Tertium", version=VERSION, docs_url=None, redoc_url=None,
        lifespan=_lifespan(settings, database_url, clock or DatabaseClock(), counted),
        description="Fraud, legit, or a person decides.", redirect_slashes=False, routes=ROUTES.routes,
        front=lambda app: BehindProxy(
            FastIntake(app, metrics=counted),
            public_url=settings.public_url, trusted=settings.trusted_proxies,
        ),
    )  # fmt: skip
    app.mount("/static", Assets(directory=REPOSITORY / "app" / "web" / "static"), name="static")
    app.state.metrics = counted
    _add_middleware(app, counted)
    handle_errors(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _lifespan(
    settings: Settings, database_url: str, clock: DatabaseClock, counted: Metrics
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with over_database(settings, database_url, clock, counted) as services:
                app.state.services = services
                yield
        except Exception as error:
            if not hasattr(app.state, "services"):
                app.state.start_fault = error  # the command tells it
            raise

    return lifespan


def _add_middleware(app: FastAPI, counted: Metrics) -> None:
    """Let every request pass these, the last one first."""
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestLog, metrics=counted, when_unexpected=unexpected_answer)
    app.add_middleware(ReaderOfRequest)
    app.add_middleware(OldAddresses)
    app.add_middleware(HeadAsGet)
    app.add_middleware(SecurityHeaders)


def end_streams(app: FastAPI) -> None:
    """Let what is sent without an end come to one, so that a server that stops need not wait for it."""
    services: Services = app.state.services
    services.operations.queue_monitor.end()
    services.payments.transaction_status.news.end()
    services.cases.messages.news.end()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the API's description, made when it is first asked for."""
    if app.openapi_schema is None:
        app.openapi_schema = described(app, app.state.services.models.serving.pair)
    return app.openapi_schema
