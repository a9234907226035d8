"""Risk levels as people see them: a word, an icon and a colour, worst first."""

from dataclasses import dataclass

from cs_core.base.vocabulary import RISK_LEVELS


@dataclass(frozen=True)
class Level:
    """How a risk level is shown.

    Parameters
    ----------
    key : str
        As stored.
    icon : str
        For Streamlit's markdown and buttons.
    sign : str
        One character that says the same where no icon can be drawn, as in a grid.
    colour : str
        A colour of the theme: it follows light and dark.
    """

    key: str
    icon: str
    sign: str
    colour: str

    @property
    def word(self) -> str:
        """What people call it."""
        return RISK_LEVELS[self.key]

    @property
    def label(self) -> str:
        """Sign and word."""
        return f"{self.sign} {self.word}"


LEVELS = (
    Level("critical", ":material/dangerous:", "✕", "red"),
    Level("at_risk", ":material/error:", "!", "yellow"),
    Level("healthy", ":material/check_circle:", "✓", "green"),
)
NOT_SCORED = "Not scored yet"
BY_KEY = {level.key: level for level in LEVELS}
