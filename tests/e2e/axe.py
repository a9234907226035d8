"""axe-core in the browser: what people with a screen reader, a keyboard or weak eyes run into."""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}
# What is not looked at: (rule, part of the place), each with the reason.
EXCUSED: dict[tuple[str, str], str] = {}


# Behind a dialog the page does not scroll, and axe then takes the dialog's words for hidden.
LET_SCROLL = "() => document.documentElement.style.setProperty('overflow', 'visible', 'important')"

# The violations alone: to hand over all that was found to be right takes as long as to find it.
VIOLATIONS = """
() => axe.run({resultTypes: ["violations"]}).then(results => results.violations)
"""


def grave_problems(page: Page) -> list[str]:
    """Give what axe-core calls serious or critical: rule, place and what is wrong there."""
    page.evaluate(LET_SCROLL)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate(VIOLATIONS)
    return [
        f"{rule['id']} at {place}: {words}"
        for rule in violations
        if rule["impact"] in GRAVE
        for place, words in _places(rule)
        if not any(rule["id"] == known and part in place for known, part in EXCUSED)
    ]


def _places(rule: Any) -> Iterator[tuple[str, str]]:
    for node in rule["nodes"]:
        checks = node["any"] + node["all"] + node["none"]
        place = " ".join(str(part) for part in node["target"])
        yield place, "; ".join(check["message"] for check in checks)
