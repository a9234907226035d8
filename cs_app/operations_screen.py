"""Runs, mail that died, how fresh the data is, and the audit log."""

from cs_app.guard import Person


def show_operations(person: Person) -> None:
    """Show what ran and what failed."""
