"""Playbooks as admins steer them: versions, what they did, a look ahead, and publishing."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cs_core.base.definitions import Definition
from cs_core.base.errors import CsError
from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record
from cs_core.io.definitions import in_force
from cs_core.io.definitions.versions import (
    NEWEST,
    TRIES,
    VERSIONS_AT_ONCE,
    Published,
    Version,
    publish,
)
from cs_core.outreach.playbooks import Playbook


@dataclass(frozen=True)
class StoredPlaybook(Version):
    """The newest version of a playbook, unchecked as it is stored."""

    name: str


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


def fetch_playbooks(client: PersonClient) -> list[StoredPlaybook]:
    """Read the newest version of each playbook, as it is stored, by name."""
    rows = call(client, "Reading the playbooks", "playbooks_in_force", {}, tries=TRIES)
    return [to_record(StoredPlaybook, row) for row in rows]


def fetch_playbook_versions(
    client: PersonClient, name: str, before: int = NEWEST, limit: int = VERSIONS_AT_ONCE
) -> list[Version]:
    """Read versions of a playbook, the newest first; none of one there is not."""
    arguments = {"p_name": name, "p_before": before, "p_limit": limit}
    rows = call(client, "Reading the versions", "playbook_versions", arguments, tries=TRIES)
    return [to_record(Version, row) for row in rows]


def fetch_figures(client: PersonClient, since: dt.datetime) -> dict[str, PlaybookFigures]:
    """Read what each playbook did since an instant; those that did nothing are left out."""
    arguments = {"p_since": since.isoformat()}
    rows = call(client, "Reading what playbooks did", "playbook_figures", arguments, tries=TRIES)
    figures: dict[str, PlaybookFigures] = {}
    for row in rows:
        figures.setdefault(row["playbook"], PlaybookFigures()).add(row)
    return figures


def template_problems(
    templates: dict[str, dict[str, Any]], definition: Definition
) -> list[tuple[str, str]]:
    """Name the messages of a playbook that do not exist, or break a rule."""
    problems = []
    for place, action in enumerate(definition.get("actions", ())):
        if action.get("template"):
            try:
                in_force.open_template(templates, action["template"], audience="supplier")
            except CsError as error:
                problems.append((f"actions[{place}].template", str(error)))
    return problems


def publish_playbook(
    client: PersonClient, name: str, definition: Definition, note: str, based_on: int
) -> Published:
    """Put a playbook in force as its next version.

    Parameters
    ----------
    definition : mapping
        As `Playbook.from_dict` takes it.
    note : str
        What changed, and why.
    based_on : int
        The version it was made from, 0 for a new playbook: where that is no longer the newest,
        nothing is published.

    Raises
    ------
    PlaybookError
        If the definition breaks a rule; nothing is sent then.
    """
    Playbook.from_dict(name, definition, version=based_on + 1)
    arguments = {
        "p_name": name,
        "p_definition": definition,
        "p_note": note,
        "p_based_on": based_on,
    }
    return publish(
        client,
        "publish_playbook",
        arguments,
        lambda: fetch_playbook_versions(client, name, limit=1),
    )
