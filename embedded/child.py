"""Runs a Python program that ends when its parent does, even if that was killed.

`python -m embedded.child TARGET [ARGUMENT ...]`: TARGET is a file or, with a leading `-m`, a
module. The parent holds the other end of standard input; when it closes, the parent is gone.
"""

import os
import runpy
import signal
import sys
import threading


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the program named in the arguments in this process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    is_module = sys.argv[1] == "-m"
    target, sys.argv = sys.argv[1 + is_module], sys.argv[1 + is_module :]
    sys.path.insert(0, os.getcwd())
    if is_module:
        runpy.run_module(target, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(target, run_name="__main__")


if __name__ == "__main__":
    main()
