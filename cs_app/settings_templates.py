"""What the messages say."""

from cs_app.guard import Person


def show_templates(person: Person) -> None:
    """Show this part of the settings."""
