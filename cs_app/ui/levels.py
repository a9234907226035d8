"""Risk levels as people see them: a word, an icon and a colour, worst first."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """How a risk level is shown.

    Parameters
    ----------
    key : str
        As stored.
    word : str
    icon : str
        For Streamlit's markdown and buttons.
    sign : str
        One character that says the same where no icon can be drawn, as in a grid.
    colour : str
        A colour of the theme: it follows light and dark.
    """

    key: str
    word: str
    icon: str
    sign: str
    colour: str

    @property
    def label(self) -> str:
        """Sign and word."""
        return f"{self.sign} {self.word}"


LEVELS = (
    Level("critical", "Critical", ":material/dangerous:", "✕", "red"),
    Level("at_risk", "At risk", ":material/error:", "!", "yellow"),
    Level("healthy", "Healthy", ":material/check_circle:", "✓", "green"),
)
NOT_SCORED = "Not scored yet"
BY_KEY = {level.key: level for level in LEVELS}
