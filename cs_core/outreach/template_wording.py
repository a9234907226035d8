"""Templates in words: what a version changes, who uses one, and how a test mail is marked."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from cs_core.base.counting import counted
from cs_core.base.html import fill
from cs_core.mail.messages import LONGEST, Message
from cs_core.outreach.critical_alert import TEMPLATE as TEAM_ALERT
from cs_core.outreach.milestones import CATALOGUE
from cs_core.outreach.playbooks import Playbook

PARTS = {"subject": "Subject", "body_text": "Plain text", "body_html": "HTML"}

Line = tuple[str, str]


def template_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Say which parts a version changes against another, a sentence each."""
    told = []
    for part, name in PARTS.items():
        old, new = (_text(side, part) for side in (before, after))
        if old == new:
            continue
        if part == "subject":
            told.append(f"{name}: “{new}”, was “{old}”")
        elif not old or not new:
            told.append(f"{name} {'added' if new else 'taken out'}")
        else:
            lines = line_changes(old, new)
            more, fewer = (sum(sign == mark for mark, _ in lines) for sign in "+-")
            told.append(f"{name}: {counted(more, 'line')} new, {counted(fewer, 'line')} gone")
    return told


def line_changes(before: str, after: str) -> list[Line]:
    """Compare two texts line by line.

    Returns
    -------
    list of (mark, line)
        Marks: "+" new, "-" gone, " " as it was, "…" lines left out between changes.
    """
    groups = difflib.SequenceMatcher(
        None, old := before.splitlines(), new := after.splitlines(), autojunk=False
    ).get_grouped_opcodes(2)
    found: list[Line] = []
    for group in groups:
        if found or group[0][1] > 0:
            found.append(("…", ""))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                found += [(" ", line) for line in old[old_from:old_to]]
                continue
            found += [("-", line) for line in old[old_from:old_to]]
            found += [("+", line) for line in new[new_from:new_to]]
    return found


def users_of(name: str, playbooks: Iterable[Playbook]) -> list[str]:
    """Name what sends a template by itself: playbooks by their titles, celebrations, the alert.

    `name`: the template's. `playbooks`: those in force; of one that is off it is said.
    """
    users = [
        f"playbook “{playbook.title}”{'' if playbook.enabled else ' (off)'}"
        for playbook in playbooks
        if name in {action.template for action in playbook.actions}
    ]
    users += [
        f"the milestone “{milestone.title}”"
        for milestone in CATALOGUE
        if milestone.template == name
    ]
    return users + (["the alert about critical suppliers"] if name == TEAM_ALERT else [])


def as_test(message: Message, title: str, about: str) -> Message:
    """Mark a message as a test, in the subject and above the text.

    `title`: what the template is called. `about`: whom it speaks of: "Rowan & Fox", "made-up
    suppliers".
    """
    note = (
        f"This is a test of the template “{title}”, as it would read for {about}."
        " Only you got it; the link that stops mails is left out."
    )
    html = None
    if message.html is not None:
        marked = fill('<p class="quiet"><em>{}</em></p>\n<hr>\n', note)
        html = f"{marked}{message.html}"
    return Message(
        f"[Test] {message.subject}"[: LONGEST["subject"]], f"{note}\n\n{message.text}", html
    )


def _text(side: Mapping[str, Any], part: str) -> str:
    return str(side.get(part) or "")
