"""Risk levels as people see them: a word, an icon and a colour, worst first."""

from dataclasses import dataclass

from cs_core.base.vocabulary import RISK_LEVELS


@dataclass(frozen=True)
class Level:
    """How a risk level is shown."""

    key: str  # as stored
    icon: str  # for Streamlit's markdown and buttons
    sign: str  # one character that says the same where no icon can be drawn, as in a grid
    colour: str  # a colour of the theme: it follows light and dark

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
