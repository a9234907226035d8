"""Who may use the dashboard."""

from cs_app.guard import Person


def show_people(person: Person) -> None:
    """Show this part of the settings."""
