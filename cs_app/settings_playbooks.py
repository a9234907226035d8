"""Who is contacted by itself, when, and with what."""

from cs_app.guard import Person


def show_playbooks(person: Person) -> None:
    """Show this part of the settings."""
