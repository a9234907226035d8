"""Scorecard, playbooks, rules and message templates: the versions in force, and new ones."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from supabase import Client

from cs_core.base.errors import CsError, PlaybookError
from cs_core.io.base.client import ServiceClient, run_request
from cs_core.mail.messages import Template
from cs_core.outreach.playbooks import Playbook
from cs_core.outreach.rules import OutreachRules
from cs_core.score.scorecard import Scorecard


class NoOutreachRules(CsError):
    message = (
        "There are no outreach rules in the database. Apply the migrations of sql/supabase first."
    )


class UnknownTemplate(CsError):
    message = "There is no message template {name}. Known are: {known}."
    exit_code = 2


class PublishedMeanwhile(CsError):
    message = (
        "{what} version {version} was published by somebody else meanwhile. Look at it, then try"
        " again."
    )


@dataclass(frozen=True)
class StoredPlaybooks:
    """The newest version of each playbook, disabled ones too.

    `broken` says in a line each which enabled ones cannot be used: they are left out, and the
    others do their work.
    """

    playbooks: tuple[Playbook, ...]
    broken: tuple[str, ...]


def fetch_playbooks(client: Client) -> StoredPlaybooks:
    """Read the playbooks in force."""
    query = client.table("playbooks").select("name, version, definition")
    newest = _newest_by_name("Reading playbooks", query)
    playbooks, broken = [], []
    for name, row in sorted(newest.items()):
        try:
            playbooks.append(Playbook.from_dict(name, row["definition"], row["version"]))
        except PlaybookError as error:
            if row["definition"].get("enabled", True):
                broken.append(f"Playbook {name} version {row['version']} is left out. {error}")
    return StoredPlaybooks(tuple(playbooks), tuple(broken))


def fetch_rules(client: Client) -> OutreachRules:
    """Return the newest outreach rules.

    Raises
    ------
    NoOutreachRules
        If there are none at all.
    OutreachRulesError
        If the stored ones break a rule; names the field.
    """
    query = client.table("outreach_rules").select("version, definition")
    query = query.order("version", desc=True).limit(1)
    rows: list[Any] = list(run_request("Reading the outreach rules", query.execute).data)
    if not rows:
        raise NoOutreachRules()
    return OutreachRules.from_dict(rows[0]["definition"], version=rows[0]["version"])


def fetch_templates(client: Client) -> dict[str, dict[str, Any]]:
    """Return the newest version of each message template by name, unchecked as it is stored."""
    query = client.table("message_templates").select(
        "name, version, audience, subject, body_text, body_html"
    )
    return _newest_by_name("Reading message templates", query)


def _newest_by_name(what: str, query: Any) -> dict[str, dict[str, Any]]:
    """Keep the newest version of each name; newest first, as an answer ends at 1,000 rows."""
    rows = run_request(what, query.order("version", desc=True).execute).data
    newest: dict[str, dict[str, Any]] = {}
    for row in rows:
        newest.setdefault(row["name"], row)
    return newest


def open_template(
    templates: dict[str, dict[str, Any]], name: str, audience: str | None = None
) -> Template:
    """Check and build one template, where an audience is given only one for it.

    Raises
    ------
    UnknownTemplate
        If there is none of that name.
    TemplateError
        If it breaks a rule; names the part.
    """
    row = templates.get(name)
    if row is None or audience not in (None, row["audience"]):
        known = [key for key in sorted(templates) if audience in (None, templates[key]["audience"])]
        raise UnknownTemplate(name=name, known=", ".join(known))
    return Template.from_dict(row, version=row["version"])


def publish(
    client: ServiceClient, table: str, key: dict[str, Any], row: dict[str, Any], at: dt.datetime
) -> int:
    """Store the next version of a definition that has been checked, and return its number.

    Parameters
    ----------
    table : {'playbooks', 'outreach_rules', 'message_templates'}
    key : dict
        What its versions share: `{"name": ...}`, or nothing.
    row : dict
        The other columns.
    at : datetime
        When it takes effect.

    Raises
    ------
    PublishedMeanwhile
        If somebody else published that version first.
    """
    query = client.table(table).select("version")
    for column, value in key.items():
        query = query.eq(column, value)
    query = query.order("version", desc=True).limit(1)
    rows: list[Any] = list(run_request("Reading the last version", query.execute).data)
    version = (rows[0]["version"] if rows else 0) + 1
    full = key | row | {"version": version, "published_at": at.isoformat()}
    insert = client.table(table).upsert(full, ignore_duplicates=True)
    if not run_request("Publishing", insert.execute, tries=1).data:
        what = str(key.get("name", table.replace("_", " ")))
        raise PublishedMeanwhile(what=what, version=version)
    return version


class NoScorecard(CsError):
    message = "There is no scorecard in the database. Apply the migrations of sql/supabase first."


def fetch_scorecard(client: Client, as_of: dt.datetime) -> Scorecard:
    """Return the scorecard in force at an instant: the newest published by then, else the first.

    Raises
    ------
    NoScorecard
        If there is none at all.
    ScorecardError
        If the stored one breaks a rule; names the field.
    """

    def newest(before: dt.datetime | None) -> list[Any]:
        query = client.table("scorecards").select("version, definition")
        if before is not None:
            query = query.lte("published_at", before.isoformat())
        query = query.order("version", desc=before is not None).limit(1)
        return list(run_request("Reading the scorecard", query.execute).data)

    rows = newest(as_of) or newest(None)
    if not rows:
        raise NoScorecard()
    return Scorecard.from_dict(rows[0]["definition"], version=rows[0]["version"])
