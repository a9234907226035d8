"""How the score is made: weights, steps, windows, thresholds."""

from cs_app.guard import Person


def show_scorecard(person: Person) -> None:
    """Show this part of the settings."""
