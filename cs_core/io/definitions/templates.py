"""Message templates: those in force, publishing, and test mails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supabase import Client

from cs_core.base.definitions import Definition
from cs_core.base.errors import CsError, StoreError
from cs_core.io.base.client import PersonClient, call, run_request
from cs_core.io.definitions.versions import TRIES, Published, Stored, fetch_stored, publish
from cs_core.mail.messages import Message, Template

Templates = Mapping[str, Stored]  # by name


class UnknownTemplate(CsError):
    message = "There is no message template {name}. Known are: {known}."
    exit_code = 2


class TooManyTests(CsError):
    message = "You sent yourself 20 test mails within an hour. Wait a while before the next one."


@dataclass(frozen=True)
class TestMail:
    """A test mail: `status` is sent, queued or dead; `problem` says why it is not sent."""

    __test__ = False  # no test of pytest's

    to_address: str
    status: str
    problem: str | None


def fetch_templates(client: Client) -> dict[str, Stored]:
    """Read the templates in force by name, unchecked; each definition says for which audience."""
    return {one.name: one for one in fetch_stored(client, "template")}


def choosable_templates(templates: Templates) -> list[str]:
    """Name the templates that a person may send to suppliers: celebrations go out by themselves."""
    return sorted(
        name
        for name, one in templates.items()
        if one.definition["audience"] == "supplier" and not name.startswith("milestone_")
    )


def open_template(templates: Templates, name: str, audience: str | None = None) -> Template:
    """Check and build one template, where an audience is given only one for it.

    Raises
    ------
    UnknownTemplate
        If there is none of that name.
    TemplateError
        If it breaks a rule; names the part.
    """
    fitting = {
        key: one for key, one in templates.items() if audience in (None, one.definition["audience"])
    }
    if name not in fitting:
        raise UnknownTemplate(name=name, known=", ".join(sorted(fitting)))
    return Template.from_dict(fitting[name].definition, version=fitting[name].version)


def publish_template(
    client: Client, definition: Definition, note: str | None, based_on: int
) -> Published:
    """Put a template in force as the next version; see `publish`.

    Raises TemplateError if the template breaks a rule; nothing is sent then.
    """
    Template.from_dict(definition, version=based_on + 1)
    return publish(client, "template", str(definition["name"]), definition, note, based_on)


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
