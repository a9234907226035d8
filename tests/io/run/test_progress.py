"""What the job shows on a terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable

from embedded.stack import Stack
from tests.conftest import ROOT


def test_on_a_terminal_there_is_a_progress_bar_and_elsewhere_none(
    stack: Stack,
    add_supplier: Callable[..., str],
    daily_scoring: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    add_supplier()
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "daily_scoring.py"],
        env=os.environ | stack.env,
        cwd=ROOT,
        stderr=terminal,
        stdout=subprocess.PIPE,
    ) as process:
        os.close(terminal)
        shown = b""
        while True:
            try:
                shown += os.read(screen, 1000)
            except OSError:  # the terminal is closed
                break
        said, _ = process.communicate()
    assert b"suppliers" in shown
    assert said.startswith(b"Scored 1 supplier for")
    assert daily_scoring().stderr == ""
