"""The screen of operations: runs, mail, audit log, run now."""
