"""The dashboard behind the proxies of deploy/: TLS, websocket, compression, who asks."""

import contextlib
import getpass
import gzip
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from embedded.postgres import free_port
from tests.e2e.dashboard import ROOT, come_in, settle

pytestmark = pytest.mark.slow

NAME = "success.example.com"


def need(program: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        [
            *(need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-keyout", str(folder / "privkey.pem")),
            *("-out", str(folder / "fullchain.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[str]:
    with log.open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 20
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
            yield f"https://localhost:{port}"
        finally:
            server.terminate()
            server.wait(15)


def nginx(folder: Path, upstream: str, certificate: Path) -> tuple[list[str], int]:
    """Take the configuration as it is, but for names, ports and the certificate."""
    plain_port, port = free_port(), free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in (
        (f"/etc/letsencrypt/live/{NAME}", str(certificate)),
        (NAME, "localhost"),
        ("listen 80;", f"listen 127.0.0.1:{plain_port};"),
        ("    listen [::]:80;\n", ""),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("127.0.0.1:8501", upstream),
        ("/var/log/nginx/", f"{folder}/"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    folders = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"user {getpass.getuser()};\npid {folder}/pid;\ndaemon off;\nerror_log stderr;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{folders}{text}\n}}\n"
    )
    command = [need("nginx"), "-c", str(main), "-p", str(folder)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    return command, port


def caddy(folder: Path, upstream: str, certificate: Path) -> tuple[list[str], int]:
    port = free_port()
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    keys = f"tls {certificate}/fullchain.pem {certificate}/privkey.pem"
    options = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"
    for old, new in (
        (f"\n{NAME} {{\n", f"\nlocalhost:{port} {{\n\t{keys}\n"),
        ("reverse_proxy 127.0.0.1:8501", f"reverse_proxy {upstream}"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    main = folder / "Caddyfile"
    main.write_text(options + text)
    command = [need("caddy"), "run", "--adapter", "caddyfile", "--config", str(main)]
    return command, port


@pytest.fixture(params=[nginx, caddy])
def proxy(
    request: pytest.FixtureRequest, dashboard: str, certificate: Path, tmp_path: Path
) -> Iterator[str]:
    """The address of a proxy in front of the running dashboard."""
    upstream = dashboard.removeprefix("http://").replace("localhost", "127.0.0.1")
    command, port = request.param(tmp_path, upstream, certificate)
    with running(command, port, tmp_path / "log") as url:
        yield url


def fetch(url: str, body: bytes | None = None, **headers: str) -> tuple[dict[str, str], bytes]:
    unverified = ssl._create_unverified_context()
    asked = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(asked, context=unverified, timeout=20) as answer:
        return dict(answer.headers), answer.read()


def test_pages_work_through_the_proxy_and_what_is_large_is_compressed(
    proxy: str, browser: Browser, ada: dict[str, str]
) -> None:
    context = browser.new_context(base_url=proxy, ignore_https_errors=True)
    try:
        page = context.new_page()
        sockets = []
        page.on("websocket", lambda found: sockets.append(found.url))
        come_in(page, ada, "/operations")
        # Drawn by what comes over the websocket.
        settle(page, "Operations")
        expect(page.get_by_text("There has been no daily run yet.").first).to_be_visible()
        assert sockets
        assert all(one.startswith(proxy.replace("https", "wss")) for one in sockets)
        found = re.search(r'src="([^"]+\.js)"', page.content())
    finally:
        context.close()
    assert found
    script = f"{proxy}/{found[1].removeprefix('./').removeprefix('/')}"
    headers, packed = fetch(script, **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    _, plain = fetch(script)
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 2
    _, body = fetch(f"{proxy}/healthz")
    assert b"ok" in body.lower()


@pytest.mark.parametrize("make", [nginx, caddy])
@pytest.mark.parametrize("body", [None, b"{}"])
def test_a_program_gets_json_also_while_the_dashboard_is_down(
    body: bytes | None, make: Any, certificate: Path, tmp_path: Path
) -> None:
    command, port = make(tmp_path, f"127.0.0.1:{free_port()}", certificate)
    with (
        running(command, port, tmp_path / "log") as url,
        pytest.raises(urllib.error.HTTPError) as caught,
    ):
        fetch(f"{url}/api/customer-success/interventions", body)
    answer = caught.value
    assert answer.status in (502, 503)
    assert answer.headers["Content-Type"] == "application/json"
    assert json.load(answer)["error"]["code"] == "unavailable"


def test_nginx_refuses_a_programs_large_body_in_json(certificate: Path, tmp_path: Path) -> None:
    command, port = nginx(tmp_path, f"127.0.0.1:{free_port()}", certificate)
    with running(command, port, tmp_path / "log"):
        unverified = ssl._create_unverified_context()
        asking = http.client.HTTPSConnection("localhost", port, context=unverified, timeout=20)
        # Announced, and refused before any of it is sent.
        asking.request("POST", "/api/x", headers={"Content-Length": "3000000"})
        answer = asking.getresponse()
        assert (answer.status, answer.headers["Content-Type"]) == (413, "application/json")
        assert json.load(answer)["error"]["code"] == "too_large"
        asking.close()


def test_no_log_of_a_proxy_holds_what_was_asked(proxy: str, tmp_path: Path) -> None:
    fetch(f"{proxy}/sign-in?token=a-secret")
    fetch(f"{proxy}/healthz?q=rowan%40example.com")
    logs = {path: path.read_text() for path in tmp_path.rglob("*") if "log" in path.name}
    assert logs
    for path, text in logs.items():
        assert "a-secret" not in text, path
        assert "rowan" not in text, path
    # nginx writes one by itself, Caddy does not.
    nginx_log = tmp_path / "customer-success.log"
    assert not nginx_log.exists() or "GET /sign-in HTTP" in nginx_log.read_text()


def test_the_server_learns_who_asks_and_not_who_the_asker_claims_to_be(
    proxy: str, dashboard_log: Path
) -> None:
    unverified = ssl._create_unverified_context()
    before = len(dashboard_log.read_text())
    for number in range(12):
        asking = http.client.HTTPSConnection(
            "localhost",
            urlsplit(proxy).port,
            context=unverified,
            timeout=20,
            source_address=("127.0.0.2", 0),
        )
        headers = {
            "Host": urlsplit(proxy).netloc,
            "X-Forwarded-For": f"10.0.0.{number}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        asking.request("POST", "/sign-in", "email=mallory@x.example&password=wrong", headers)
        assert asking.getresponse().status in (401, 429)
        asking.close()
    said = dashboard_log.read_text()[before:]
    assert "Sign-in attempts from 127.0.0.2 are over the limit" in said
