"""Text that people chose, where Streamlit would read it as Markdown."""

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$^&])")


def plain(text: str) -> str:
    """Escape what Markdown would take for a sign: "**x**" is shown as it is."""
    return _SIGNS.sub(r"\\\1", text)
