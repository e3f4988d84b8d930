"""The contract of the REST API on a real port, in memory, with faults on demand."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.scoring.schema.document import document_of
from app.scoring.schema.schema import numeric_schema

KEY = "the-right-key"


@dataclass
class StandIn:
    """What a service would hold, and what it shall do wrong."""

    features: tuple[str, ...] = ("V1", "V2")
    currencies: tuple[str, ...] = ("EUR",)
    #: What it tells of its training rows; None: nothing.
    feed: bytes | None = None
    url: str = ""
    #: Bodies by transaction id, in the order of their first arrival.
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    labels: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    #: So many requests are still answered 503, with this Retry-After.
    busy: int = 0
    retry_after: str = "0"
    #: So many requests are still carried out, but their answers lost on the way.
    lost: int = 0
    #: Rows of a batch that are still too many for now.
    busy_rows: int = 0
    #: A label of this transaction is refused, and with it all that are posted beside it.
    refused_label: str | None = None
    #: From so many labels on, requests with labels fail for good.
    broken_after: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(self, body: dict[str, Any]) -> tuple[int, dict[str, Any], bool]:
        """Return status, answer and whether it is a repeat: V1 above 1 fraud, below -1 unknown."""
        known = self.bodies.get(body["transaction_id"])
        if known is not None and known != body:
            return 409, problem(409, "This id was used for a different transaction."), False
        if body["features"]["V1"] > 100:
            errors = [{"field": "features.V1", "detail": "V1 is too large."}]
            return 422, problem(422, "A field is wrong.") | {"errors": errors}, False
        self.bodies[body["transaction_id"]] = body
        number = list(self.bodies).index(body["transaction_id"])
        return 200, answer(body, number), known is not None

    def judge_all(self, bodies: list[dict[str, Any]]) -> dict[str, Any]:
        results: list[dict[str, Any]] = []
        for body in bodies:
            if self.busy_rows:
                self.busy_rows -= 1
                results.append({"status": 503, "problem": problem(503, "Later.")})
                continue
            status, said, _ = self.judge(body)
            results.append({"status": status, "answer" if status == 200 else "problem": said})
        return {"results": results}

    def learn(self, labels: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        if self.broken_after is not None and len(self.labels) >= self.broken_after:
            return 500, problem(500, "Something broke.")
        for place, each in enumerate(labels):
            if each["transaction_id"] == self.refused_label:
                errors = [{"field": f"labels.{place}.label", "detail": "Not this one."}]
                return 422, problem(422, "A field is wrong.") | {"errors": errors}
        repeated = [each in self.labels for each in labels]
        self.labels += labels
        known = [each["transaction_id"] in self.bodies for each in labels]
        results = [
            {
                "transaction_id": each["transaction_id"],
                "accepted": is_known,
                "repeated": was_there,
                "detail": None if is_known else "There is no such transaction.",
            }
            for each, is_known, was_there in zip(labels, known, repeated, strict=True)
        ]
        return 200, {"accepted": sum(known), "repeated": sum(repeated), "results": results}


def answer(body: dict[str, Any], number: int) -> dict[str, Any]:
    first = body["features"]["V1"]
    label = "fraud" if first > 1 else "unknown" if first < -1 else "legit"
    reason = {"fraud": "evidence_fraud", "legit": "evidence_legit", "unknown": "between_bounds"}[label]
    return {
        "transaction_id": body["transaction_id"],
        "decision_id": number,
        "label": label,
        "reason": reason,
        "score": None,
        "model_version": "m",
        "policy_version": 1,
        "case_id": number if label == "unknown" else None,
        "decided_at": "2026-11-23T00:00:00Z",
    }


def problem(status: int, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": "Problem", "status": status, "detail": detail}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def do_GET(self) -> None:
        if self.headers["X-API-Key"] != KEY:
            self._send(401, problem(401, "The API key is unknown."))
            return
        stand_in = self.stand_in
        if self.path == "/v1/model/feed" and stand_in.feed is not None:
            self._send_bytes(200, stand_in.feed, "application/octet-stream")
            return
        if self.path == "/v1/model/schema":
            schema = numeric_schema(stand_in.features, currencies=stand_in.currencies, name="m")
            self._send_bytes(200, document_of(schema).encode(), "application/toml")
            return
        model = {"version": "m", "features": stand_in.features, "currencies": stand_in.currencies}
        self._send(200, model)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.stand_in.lock:
            self._answer(body)

    def _answer(self, body: Any) -> None:
        stand_in = self.stand_in
        stand_in.requests += 1
        if stand_in.busy:
            stand_in.busy -= 1
            self._send(503, problem(503, "Not now."), **{"Retry-After": stand_in.retry_after})
        elif self.path == "/v1/labels":
            self._send(*stand_in.learn(body["labels"]))
        elif self.path == "/v1/transactions/batch":
            self._send(200, stand_in.judge_all(body))
        else:
            status, said, repeated = stand_in.judge(body)
            if stand_in.lost:
                stand_in.lost -= 1
                self.close_connection = True
                return
            self._send(status, said, **({"Idempotent-Replayed": "true"} if repeated else {}))

    def _send(self, status: int, body: dict[str, Any], **headers: str) -> None:
        self._send_bytes(status, json.dumps(body).encode(), "application/json", **headers)

    def _send_bytes(self, status: int, content: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class names it)
        """Say nothing."""


@contextmanager
def running(stand_in: StandIn, port: int = 0) -> Iterator[StandIn]:
    """Serve on a port of 127.0.0.1, a free one unless told otherwise."""
    handler = type("Handler", (_Handler,), {"stand_in": stand_in})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
