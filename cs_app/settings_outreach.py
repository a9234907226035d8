"""How often to write, when to call, whom to alert."""

from cs_app.guard import Person


def show_outreach(person: Person) -> None:
    """Show this part of the settings."""
