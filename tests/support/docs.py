"""The docs as tests read them: pages, their sections, and the pictures they show."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "screenshots"
# CHANGELOG tells of what was, so it is only looked through for links.
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")))
}
EVERYTHING = "\n".join(PAGES.values())


def section(page: str, title: str) -> str:
    """Return the text under a heading of any depth, up to the next one as high."""
    text = PAGES[page]
    found = re.search(rf"^(#+) {re.escape(title)}\n", text, re.M)
    assert found, f"{page} has no section {title}"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.M)
    return rest[: end.start()] if end else rest


def shown_pictures() -> set[str]:
    """Return the file names of the pictures that some page shows."""
    return set(re.findall(r"screenshots/([\w-]+\.png)\)", EVERYTHING))
