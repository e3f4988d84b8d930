"""Behind a real nginx that ends TLS: as the README writes it, and with nothing but `proxy_pass`."""

import os
import re
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app.settings import REPOSITORY
from tests.database.server.guarded_server import a_free_port
from tests.journeys.live import Live, live_service, wait_until
from tests.patience import PATIENCE_SECONDS

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
BARE = """
server {
    listen 443 ssl;
    ssl_certificate /etc/ssl/review.pem;
    ssl_certificate_key /etc/ssl/review.key;
    location / { proxy_pass http://127.0.0.1:8000; }
}
"""


def readme_example() -> str:
    found = re.search(
        r"```nginx\n(.*?)```", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None
    return found[1]


@contextmanager
def nginx(live_url: str, server: str, port: int) -> Iterator[str]:
    """Run nginx before a service, with this server block on a port; give its address."""
    with tempfile.TemporaryDirectory(prefix="tertium-nginx-") as name:
        folder = Path(name)
        made = ["-keyout", str(folder / "review.key"), "-out", str(folder / "review.pem")]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=desk.test", *made],
            check=True,
            capture_output=True,
        )
        block = server.replace("/etc/ssl", name).replace("listen 443", f"listen 127.0.0.1:{port}")
        block = block.replace("http://127.0.0.1:8000", live_url)
        config = folder / "nginx.conf"
        folders = "".join(f"{part}_temp_path {name}/{part};\n" for part in TEMPORARY)
        config.write_text(
            f"daemon off; user root; pid {name}/pid; error_log {name}/error.log; events {{}}\n"
            f"http {{ access_log off;\n{folders}{block}\n}}\n"
        )
        process = subprocess.Popen([NGINX or "", "-c", config, "-e", folder / "error.log"])
        try:
            with a_client(f"https://127.0.0.1:{port}") as client:
                wait_until(lambda: answers(client))
            yield f"https://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def a_client(url: str, **options: object) -> httpx.Client:
    """Return a client that takes the certificate made above."""
    return httpx.Client(base_url=url, verify=ssl._create_unverified_context(), timeout=40, **options)  # type: ignore[arg-type]  # noqa: S323


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_service(tmp_path_factory.mktemp("live")) as live:
        yield live


def logged_in(live: Live, site: str, client: httpx.Client, role: str = "analyst") -> httpx.Response:
    """Spend a link as a browser without fetch metadata does; return the answer."""
    token = live.link(f"p-{uuid4().hex[:6]}", role).rpartition("/")[2]
    return client.post(f"/login/{token}", headers={"Origin": site})


def test_the_readmes_example_lets_people_in_under_tls(live: Live) -> None:
    with nginx(live.url, readme_example(), port := a_free_port()) as site, a_client(site) as client:
        answer = logged_in(live, site, client, "senior")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-")
        assert "; Secure" in cookie
        assert client.get("/queue").status_code == 200
        key = {"X-API-Key": live.key(f"shop-{port}")}
        slash = client.post("/v1/labels/", headers=key)
        assert (slash.status_code, slash.headers["Location"]) == (308, "/v1/labels")
        large = client.post("/v1/transactions/batch", headers=key, json={"transactions": ["x" * 2_000_000]})
        assert large.headers["Content-Type"] == "application/problem+json", "nginx refused it for its size"


def test_the_live_stream_and_long_polls_pass_at_once(live: Live) -> None:
    with nginx(live.url, readme_example(), a_free_port()) as site, a_client(site) as client:
        logged_in(live, site, client, "manager")
        with client.stream("GET", "/operations/events") as stream:
            assert stream.status_code == 200
            pieces = stream.iter_text()
            seen = ""
            while "event: operations" not in seen:
                seen += next(pieces)
        key = {"X-API-Key": live.key("waiter")}
        waited = client.get("/v1/outcomes?after=0-0&wait=1", headers=key)
        assert waited.status_code == 200


def test_a_bare_proxy_is_told_which_setting_it_lacks(live: Live) -> None:
    with nginx(live.url, BARE, a_free_port()) as site, a_client(site) as client:
        refused = logged_in(live, site, client)
        assert refused.status_code == 403
        assert f"TERTIUM_PUBLIC_URL={site}" in refused.text
        token = live.link("by-browser", "analyst").rpartition("/")[2]
        by_browser = {"Origin": site, "Sec-Fetch-Site": "same-origin"}
        assert client.post(f"/login/{token}", headers=by_browser).status_code == 303


def test_a_bare_proxy_and_the_public_address_are_enough(tmp_path: Path) -> None:
    port = a_free_port()
    with (
        live_service(tmp_path, TERTIUM_PUBLIC_URL=f"https://127.0.0.1:{port}") as live,
        nginx(live.url, BARE, port) as site,
        a_client(site) as client,
    ):
        answer = logged_in(live, site, client)
        assert answer.status_code == 303
        assert "; Secure" in answer.headers["Set-Cookie"]
        assert client.get("/queue").status_code == 200
