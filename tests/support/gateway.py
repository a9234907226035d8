"""A gateway before Supabase, which answers in its place as those of hosted projects do."""

import contextlib
import http.server
import itertools
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx

HOP_BY_HOP = {"connection", "content-encoding", "content-length", "host", "transfer-encoding"}


@dataclass(frozen=True)
class Fault:
    """An answer in the place of Supabase's; `status` 0: the connection is reset.

    `after` says whether Supabase did first what was asked.
    """

    status: int
    body: str = ""
    after: bool = False


def coded(status: int, code: str) -> Fault:
    """What PostgREST says itself when its database is away."""
    return Fault(status, json.dumps({"code": code, "message": "no", "details": None, "hint": None}))


FAULTS = {
    "502 without a code": Fault(502, '{"message": "An invalid response was received"}'),
    "503 of the gateway": Fault(503, '{"message": "name resolution failed"}'),
    "504 as a page": Fault(504, "<html>Gateway Time-out</html>"),
    "521 of Cloudflare": Fault(521, "<html>Web server is down</html>"),
    "PGRST000": coded(503, "PGRST000"),
    "PGRST001": coded(503, "PGRST001"),
    "PGRST002": coded(503, "PGRST002"),
    "PGRST003": coded(504, "PGRST003"),
    "a lock that took too long": coded(500, "55P03"),
    "a reset": Fault(0),
    "a reset when all was done": Fault(0, after=True),
    "504 when all was done": Fault(504, "<html>Gateway Time-out</html>", after=True),
}


@dataclass
class Gateway:
    """Where it listens, and what it answers: `faults(n)` for its n-th request, from 1 on."""

    url: str
    faults: Callable[[int], Fault | None] = field(default=lambda number: None)
    seen: int = 0


@contextlib.contextmanager
def gateway(target: str) -> Iterator[Gateway]:
    """Listen before a Supabase."""
    numbers = itertools.count(1)
    client = httpx.Client(timeout=60, limits=httpx.Limits(max_connections=50))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            made.seen = next(numbers)
            fault = made.faults(made.seen)
            if fault is None or fault.after:
                kept = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
                answer = client.request(
                    self.command, f"{target}{self.path}", content=body, headers=kept
                )
            if fault is None:
                self.say(answer.status_code, answer.content, dict(answer.headers))
            elif fault.status:
                self.say(fault.status, fault.body.encode(), {"content-type": "application/json"})
            else:
                self.close_connection = True
                never = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, never)
                self.connection.close()

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = forward  # noqa: N815

        def say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: a connection that was reset ends in one."""

    with Server(("127.0.0.1", 0), Handler) as server:
        made = Gateway(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield made
        finally:
            server.shutdown()
            client.close()


def away_for(seconds: float, fault: Fault) -> Callable[[int], Fault | None]:
    """Answer so from the first request on, for a while."""
    began: list[float] = []

    def faults(number: int) -> Fault | None:
        began.append(time.monotonic())
        return fault if time.monotonic() - began[0] < seconds else None

    return faults
