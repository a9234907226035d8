"""Message templates as admins steer them: versions, publishing, and test mails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cs_core.base.errors import CsError, StoreError
from cs_core.io.base.client import PersonClient, call, run_request
from cs_core.io.base.rows import to_record
from cs_core.io.definitions.versions import (
    NEWEST,
    TRIES,
    VERSIONS_AT_ONCE,
    Published,
    Version,
    publish,
)
from cs_core.mail.messages import Message, Template


class TooManyTests(CsError):
    message = "You sent yourself 20 test mails within an hour. Wait a while before the next one."


@dataclass(frozen=True)
class StoredTemplate(Version):
    """The newest version of a template, unchecked as it is stored.

    `definition` is what `Template.from_dict` takes.
    """

    name: str

    @property
    def audience(self) -> str:
        """For whom it is: supplier or team."""
        return str(self.definition["audience"])


@dataclass(frozen=True)
class TestMail:
    """A test mail: `status` is sent, queued or dead; `problem` says why it is not sent."""

    __test__ = False  # no test of pytest's

    to_address: str
    status: str
    problem: str | None


def fetch_stored_templates(client: PersonClient) -> list[StoredTemplate]:
    """Read the templates in force, by name."""
    rows = call(client, "Reading the templates", "templates_in_force", {}, tries=TRIES)
    return [to_record(StoredTemplate, row) for row in rows]


def fetch_template_versions(
    client: PersonClient, name: str, before: int = NEWEST, limit: int = VERSIONS_AT_ONCE
) -> list[Version]:
    """Read versions of a template, the newest first; see `fetch_stored_templates`."""
    arguments = {"p_name": name, "p_before": before, "p_limit": limit}
    rows = call(client, "Reading the versions", "template_versions", arguments, tries=TRIES)
    return [to_record(Version, row) for row in rows]


def publish_template(
    client: PersonClient, definition: Mapping[str, Any], note: str, based_on: int
) -> Published:
    """Put a template in force as the next version.

    Parameters
    ----------
    definition : mapping
        As `Template.from_dict` takes it.
    note : str
        What changed, and why.
    based_on : int
        The version it was made from, 0 for a new template: where that is no longer the newest,
        nothing is published.

    Raises
    ------
    TemplateError
        If the template breaks a rule; nothing is sent then.
    """
    Template.from_dict(definition, version=based_on + 1)
    arguments = {"p_definition": definition, "p_note": note, "p_based_on": based_on}
    name = str(definition["name"])
    return publish(
        client,
        "publish_template",
        arguments,
        lambda: fetch_template_versions(client, name, limit=1),
    )


def queue_test_mail(client: PersonClient, message: Message) -> tuple[str, str]:
    """Put a mail to oneself into the outbox.

    Parameters
    ----------
    client : PersonClient
        The database takes the address of that sign-in and no other.

    Returns
    -------
    tuple
        The mail's id, and where it goes.

    Raises
    ------
    TooManyTests
    """
    mail = {
        "subject": message.subject,
        "body_text": message.text,
        "body_html": message.html,
    }
    queued = call(client, "Queueing the test mail", "queue_test_mail", {"p_mail": mail}, tries=1)
    if queued["id"] is None:
        raise TooManyTests()
    return str(queued["id"]), str(queued["to_address"])


def read_test_mail(client: PersonClient, mail_id: str, to_address: str) -> TestMail:
    """Say what became of a test mail."""
    query = client.table("outbox").select("status, last_error").eq("id", mail_id).limit(1)
    rows: list[Any] = list(run_request("Reading the test mail", query.execute, tries=TRIES).data)
    if not rows:
        raise StoreError(what="Reading the test mail", reason="it is not in the outbox")
    return TestMail(to_address, rows[0]["status"], rows[0]["last_error"])
