"""Playbooks: those in force, what they did, and publishing."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from supabase import Client

from cs_core.base.definitions import Definition
from cs_core.base.errors import CsError, PlaybookError
from cs_core.io.base.client import PersonClient, call
from cs_core.io.definitions.templates import Templates, open_template
from cs_core.io.definitions.versions import TRIES, Published, fetch_stored, publish
from cs_core.outreach.playbooks import Playbook


@dataclass(frozen=True)
class PlaybooksInForce:
    """The newest version of each playbook, disabled ones too.

    `broken` says in a line each which enabled ones cannot be used: they are left out, and the
    others do their work.
    """

    playbooks: tuple[Playbook, ...]
    broken: tuple[str, ...]


@dataclass
class PlaybookFigures:
    """What a playbook did in a while.

    Attributes
    ----------
    sent, waiting, failed : Counter of type
        Messages, and of `waiting` calls that are open.
    calls_made : Counter of outcome
        None where no outcome was noted.
    cancelled : int
        Taken back: the supplier recovered or left, or a person did it.
    suppressed : Counter of reason
        Why it did not happen, but for those that chance left alone.
    held_out : int
    """

    sent: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    calls_made: Counter[str | None] = field(default_factory=Counter)
    cancelled: int = 0
    suppressed: Counter[str] = field(default_factory=Counter)
    held_out: int = 0

    @property
    def planned(self) -> int:
        """How many messages and calls it decided on that were not held back."""
        messages = self.sent.total() + self.waiting.total() + self.failed.total()
        return messages + self.calls_made.total() + self.cancelled

    def add(self, row: Mapping[str, Any]) -> None:
        """Count some contacts of one kind."""
        kind, status, number = row["type"], row["status"], row["number"]
        if status == "suppressed" and row["reason"] == "holdout":
            self.held_out += number
        elif status == "suppressed":
            self.suppressed[row["reason"]] += number
        elif status == "cancelled":
            self.cancelled += number
        elif status == "failed":
            self.failed[kind] += number
        elif status in ("planned", "sending"):
            self.waiting[kind] += number
        elif kind == "call":
            self.calls_made[row["outcome"]] += number
        else:
            self.sent[kind] += number


def fetch_playbooks(client: Client) -> PlaybooksInForce:
    """Read the playbooks in force; as they are stored: `fetch_stored`."""
    playbooks, broken = [], []
    for one in fetch_stored(client, "playbook"):
        try:
            playbooks.append(Playbook.from_dict(one.name, one.definition, one.version))
        except PlaybookError as error:
            if one.definition.get("enabled", True):
                broken.append(f"Playbook {one.name} version {one.version} is left out. {error}")
    return PlaybooksInForce(tuple(playbooks), tuple(broken))


def fetch_figures(client: PersonClient, since: dt.datetime) -> dict[str, PlaybookFigures]:
    """Read what each playbook did since an instant; those that did nothing are left out."""
    arguments = {"p_since": since.isoformat()}
    rows = call(client, "Reading what playbooks did", "playbook_figures", arguments, tries=TRIES)
    figures: dict[str, PlaybookFigures] = {}
    for row in rows:
        figures.setdefault(row["playbook"], PlaybookFigures()).add(row)
    return figures


def template_problems(templates: Templates, definition: Definition) -> list[tuple[str, str]]:
    """Name the messages of a playbook that do not exist, or break a rule."""
    problems = []
    for place, action in enumerate(definition.get("actions", ())):
        if action.get("template"):
            try:
                open_template(templates, action["template"], audience="supplier")
            except CsError as error:
                problems.append((f"actions[{place}].template", str(error)))
    return problems


def publish_playbook(
    client: Client, name: str, definition: Definition, note: str | None, based_on: int
) -> Published:
    """Put a playbook in force as its next version; see `publish`.

    Raises PlaybookError if the definition breaks a rule; nothing is sent then.
    """
    Playbook.from_dict(name, definition, version=based_on + 1)
    return publish(client, "playbook", name, definition, note, based_on)
