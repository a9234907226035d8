"""The command line, run in this process."""

import io
import sys
from typing import Any, NamedTuple

from cs_core.__main__ import main
from embedded.stack import Stack


class Said(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


class Cli:
    """Runs commands with the settings of a stack."""

    def __init__(self, stack: Stack, monkeypatch: Any, capsys: Any) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name, value in stack.env.items():
            monkeypatch.setenv(name, value)

    def __call__(self, *arguments: str, stdin: str = "") -> Said:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        self._capsys.readouterr()
        try:
            code = main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        return Said(code, *self._capsys.readouterr())
