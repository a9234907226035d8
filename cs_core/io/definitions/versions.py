"""What all that is published in versions has in common: reading, and publishing the next one."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from supabase import Client

from cs_core.base.definitions import Definition
from cs_core.base.errors import StoreError
from cs_core.io.base.client import call
from cs_core.io.base.rows import to_record

TRIES = 2
NEWEST = 2**31 - 1
VERSIONS_AT_ONCE = 20
DEFAULT_VERSION = 1  # every database begins with what sql/supabase/seeds holds

Kind = Literal["scorecard", "playbook", "rules", "template"]
WHAT = {
    "scorecard": "the scorecards",
    "playbook": "the playbooks",
    "rules": "the outreach rules",
    "template": "the templates",
}


@dataclass(frozen=True)
class Version:
    """A version of a definition, as it is stored, unchecked."""

    version: int
    definition: dict[str, Any]
    note: str | None
    published_at: dt.datetime
    published_by: str | None  # a name; None: a default, the command line, or who has left


@dataclass(frozen=True)
class Stored(Version):
    """The version in force; the scorecard and the outreach rules have no name."""

    name: str


@dataclass(frozen=True)
class ScorecardVersion(Version):
    """A version of the scorecard; which days were scored with it, and by how many runs."""

    runs: int
    first_used_on: dt.date | None
    last_used_on: dt.date | None


@dataclass(frozen=True)
class Published:
    """Whether a definition is published; `version` is the newest one, be it this or another's."""

    is_published: bool
    version: int


def fetch_stored(client: Client, kind: Kind) -> list[Stored]:
    """Read the definitions of a kind that are in force, by name, unchecked."""
    found = call(client, f"Reading {WHAT[kind]}", "definitions_in_force", {"p_kind": kind})
    return [to_record(Stored, row) for row in found]


def fetch_versions(
    client: Client,
    kind: Kind,
    name: str = "",
    before: int = NEWEST,
    limit: int = VERSIONS_AT_ONCE,
) -> list[Version]:
    """Read versions of a definition older than `before`, the newest first; none of an unknown one.

    Those of the scorecard are `ScorecardVersion`s.
    """
    arguments = {"p_kind": kind, "p_name": name, "p_before": before, "p_limit": limit}
    what = f"Reading {WHAT[kind]}"
    rows = call(client, what, "definition_versions", arguments, tries=TRIES)
    record = ScorecardVersion if kind == "scorecard" else Version
    return [to_record(record, row) for row in rows]


def publish(
    client: Client, kind: Kind, name: str, definition: Definition, note: str | None, based_on: int
) -> Published:
    """Put a definition that has been checked in force as the next version.

    The version and the audit log bear the name of the admin whose client it is.

    Parameters
    ----------
    note : str, optional
        What changed, and why.
    based_on : int
        The version it was made from, 0 for a new one: where that is no longer the newest,
        nothing is published.
    """
    arguments = {
        "p_kind": kind,
        "p_name": name,
        "p_definition": definition,
        "p_note": note,
        "p_based_on": based_on,
    }
    try:
        # Not repeated by itself: the repeat would find the version taken, by this very call.
        answer = call(client, "Publishing", "publish_definition", arguments, tries=1)
    except StoreError:
        # Only the answer may have been lost.
        newest = fetch_versions(client, kind, name, limit=1)
        if (based_on + 1, definition) not in [(one.version, one.definition) for one in newest]:
            raise
        return Published(is_published=True, version=based_on + 1)
    return to_record(Published, answer)
