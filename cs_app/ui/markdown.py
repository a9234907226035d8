"""Text that people chose, where Streamlit would read it as Markdown."""

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$^&])")
# Addresses and icons are found in the text once its escapes are taken away: "http://x", "www.x",
# "a@x", ":material/home:". A character that nobody sees keeps them apart.
_FOUND_LATER = re.compile(
    r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=\w)|(?<=:)(?=material/|streamlit:)", re.I
)
_JOINER = "\N{WORD JOINER}"


def plain(text: str) -> str:
    """Escape what Markdown would take for a sign: "**x**" is shown as it is."""
    return _SIGNS.sub(r"\\\1", _FOUND_LATER.sub(_JOINER, text))
