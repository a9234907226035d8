"""A local SMTP server that keeps every message as a file and can be told to misbehave."""

import asyncio
import itertools
import os
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

# What the sink can be told to do, in the words of `python -m embedded smtp`.
MODES = {
    "accept": "take every message",
    "refuse": "answer 451, try again later",
    "reject": "answer 550, never try again",
    "delay": "wait SECONDS before each answer to DATA, then take the message",
    "drop": "close the connection without an answer to DATA; the message is lost",
}


def set_mode(data_dir: Path, mode: str, seconds: float = 0.0) -> None:
    """Tell the sink of a stack how to treat the messages that come next.

    `data_dir`: the stack's. `mode`: one of `MODES`; `seconds` is how long `delay` waits.
    """
    target = data_dir / "smtp-mode"
    target.with_suffix(".new").write_text(f"{mode} {seconds}")
    target.with_suffix(".new").replace(target)


def read_mode(data_dir: Path) -> tuple[str, float]:
    """Return the mode that is set, `accept` where none was."""
    try:
        mode, seconds = (data_dir / "smtp-mode").read_text().split()
    except OSError:
        return "accept", 0.0
    return mode, float(seconds)


class _Keeper:
    """Handles one conversation after the other, as `aiosmtpd` asks for it."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / "mail"
        self._numbers = itertools.count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mode, seconds = read_mode(self._data_dir)
        if mode == "refuse":
            return "451 4.3.0 The sink was told to refuse; try again later"
        if mode == "reject":
            return "550 5.1.1 The sink was told to reject"
        if mode == "drop":
            assert server.transport is not None
            server.transport.close()
            return "421 4.3.2 Closing"
        if mode == "delay":
            await asyncio.sleep(seconds)
        content: Any = envelope.original_content or b""
        name = f"{time.time_ns():020d}-{next(self._numbers):04d}.eml"
        part = self._folder / f".{name}"
        part.write_bytes(content)
        os.replace(part, self._folder / name)
        return "250 2.0.0 Kept"


def start_mail_sink(data_dir: Path, port: int) -> Controller:
    """Start the sink in a thread of this process; `stop()` of what is returned ends it.

    Messages go to the folder `mail` of `data_dir`.
    """
    (data_dir / "mail").mkdir(mode=0o700, exist_ok=True)
    sink = Controller(_Keeper(data_dir), hostname="127.0.0.1", port=port, decode_data=False)
    sink.start()
    return sink
