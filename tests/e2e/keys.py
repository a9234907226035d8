"""Going about with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page

MOST_STEPS = 80
# What has the focus, and whether one can see that it has.
FOCUSED = """() => { const one = document.activeElement;
  if (one === document.body) return ['', true];
  const near = [one, one.parentElement, one.closest('label'), one.nextElementSibling];
  const seen = near.some(e => e && (getComputedStyle(e).outlineStyle !== 'none'
    || getComputedStyle(e).boxShadow !== 'none'));
  const label = one.labels && one.labels.length ? one.labels[0].innerText : '';
  return [one.getAttribute('aria-label') || label || one.innerText, seen]; }"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    passed = []
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        words, is_seen = page.evaluate(FOCUSED)
        words = " ".join(words.split())
        if re.search(name, words):
            assert is_seen, f"nobody sees that {words} has the focus"
            return
        passed.append(words)
    pytest.fail(f"Tab never came to {name}; it came past {passed}")
