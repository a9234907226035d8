"""The command line's part for outreach: contact, show and publish."""

# Only the standard library up here, so that --help and mistakes answer at once.
import argparse
import datetime as dt
import json
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_core.base.errors import CsError, UsageError
from cs_core.base.vocabulary import CALL_TYPES, INTERVENTION_TYPES
from cs_core.cli.mail import add_mail_commands, connect, send_due

if TYPE_CHECKING:
    from cs_core.io.base.client import ServiceClient
    from cs_core.io.definitions.versions import Kind

KINDS = ("playbook", "rules", "template")
LONGEST_NOTE = 2000
LARGEST_FILE = 1_000_000  # bytes; the largest definition there may be is a tenth of it


class PublishedMeanwhile(CsError):
    message = (
        "{what} version {version} was published by somebody else meanwhile. Look at it, then try"
        " again."
    )


class CannotRead(CsError):
    message = "{source} cannot be read: {reason}."
    exit_code = 2


def add_outreach_commands(commands: Any) -> None:
    """Add the commands to the parser of `python -m cs_core`."""
    _add_contact(commands)
    add_mail_commands(commands)
    _add_show(commands)
    _add_publish(commands)


def _add_contact(commands: Any) -> None:
    contact = commands.add_parser(
        "contact",
        help="contact one supplier by hand",
        description="Send a message to a supplier, or plan a call, through the same caps as the "
        "daily run. An opt-out cannot be overridden.",
    )
    contact.add_argument("supplier", metavar="SUPPLIER_ID")
    contact.add_argument("--type", required=True, choices=tuple(INTERVENTION_TYPES))
    contact.add_argument(
        "--asked-by", required=True, metavar="EMAIL", help="the admin who asks for it"
    )
    contact.add_argument("--template", metavar="NAME", help="for a message: the template to use")
    contact.add_argument("--subject", help="for a message in your own words")
    contact.add_argument("--message-file", metavar="FILE", help="plain text; - is standard input")
    contact.add_argument(
        "--call-type",
        choices=tuple(CALL_TYPES),
        help="for a call; default: check_in",
    )
    contact.add_argument("--note", help="why, for the team")
    contact.add_argument(
        "--at",
        metavar="TIMESTAMP",
        help="when (2026-11-23T10:00+00:00); default: now, a call on the next working day",
    )
    contact.add_argument(
        "--override-cap", action="store_true", help="although the supplier got mail lately"
    )
    contact.add_argument(
        "--key", help="idempotency key: the same again is the same request; default: a new one"
    )
    contact.set_defaults(run=_contact)


def _add_show(commands: Any) -> None:
    show = commands.add_parser(
        "show",
        help="print a playbook, the outreach rules or a template as JSON",
        description="Print the version in force, as `publish` takes it. Without NAME: the names.",
    )
    show.add_argument("kind", choices=KINDS)
    show.add_argument("name", nargs="?", metavar="NAME")
    show.set_defaults(run=_show)


def _add_publish(commands: Any) -> None:
    publish = commands.add_parser(
        "publish",
        help="check a playbook, the outreach rules or a template, and put it in force",
        description="Read JSON as `show` prints it, check it, and store it as the next version. "
        "If anything is wrong, every fault is named and nothing is stored.",
    )
    publish.add_argument("kind", choices=KINDS)
    publish.add_argument("file", metavar="FILE", help="- is standard input")
    publish.add_argument("--note", help="what changed and why")
    publish.add_argument("--check", action="store_true", help="only check it")
    publish.set_defaults(run=_publish)


def _read(source: str) -> str:
    try:
        if source == "-":
            return sys.stdin.read(LARGEST_FILE)
        with Path(source).open(encoding="utf-8") as file:
            return file.read(LARGEST_FILE)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise CannotRead(source=source, reason=reason) from error


# ---- contact ----


def _contact(arguments: argparse.Namespace) -> int:
    from cs_core.io.base.config import load_mail_settings
    from cs_core.io.outreach.requests import request_intervention
    from cs_core.io.people.users import find_person
    from cs_core.outreach.requests import ContactRequest

    mail = load_mail_settings()
    client = connect()
    asked_by = find_person(client, arguments.asked_by)
    if asked_by is None:
        raise UsageError(problem=f"--asked-by {arguments.asked_by}: nobody signs in so.")
    request = ContactRequest(
        supplier_id=arguments.supplier,
        type=arguments.type,
        requested_by=asked_by,
        idempotency_key=str(uuid.uuid4()) if arguments.key is None else arguments.key,
        template=arguments.template,
        subject=arguments.subject,
        message=None if arguments.message_file is None else _read(arguments.message_file),
        call_type=arguments.call_type,
        note=arguments.note,
        requested_for=_instant(arguments.at),
        overrides_cap=arguments.override_cap,
    )
    now = dt.datetime.now(dt.UTC)
    done = request_intervention(client, request, now)
    if done.reason == "open_call":
        print(f"A call is planned already, for {done.scheduled_for}; the reason was added to it.")
        return 0
    if done.status == "planned" and request.type != "call" and request.requested_for is None:
        send_due(client, mail)
        # What became of it: the same request again tells, and asks for nothing new.
        done = request_intervention(client, request, now)
    if done.status in ("suppressed", "failed", "cancelled"):
        reason = (done.reason or done.last_error or "").replace("_", " ")
        print(f"Not sent: {reason}. Recorded as {done.intervention_id}.", file=sys.stderr)
        return 1
    state = "Sent" if done.status == "sent" else f"Planned for {done.scheduled_for}"
    print(f"{state}, as {done.intervention_id}.")
    return 0


def _instant(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        problem = f"--at {text!r} is no timestamp such as 2026-11-23T10:00+00:00."
        raise UsageError(problem=problem) from error


# ---- show and publish ----


def _show(arguments: argparse.Namespace) -> int:
    definitions = _stored(connect(), arguments.kind)
    if arguments.kind != "rules" and arguments.name is None:
        print("\n".join(sorted(definitions)))
        return 0
    name = arguments.name or arguments.kind
    if name not in definitions:
        known = ", ".join(sorted(definitions))
        raise UsageError(problem=f"There is no {arguments.kind} {name}. Known are: {known}.")
    print(json.dumps(definitions[name], indent=2, ensure_ascii=False))
    return 0


def _stored(client: "ServiceClient", kind: "Kind") -> dict[str, dict[str, Any]]:
    """Give the definitions in force by name, as `publish` takes them."""
    from cs_core.io.definitions.versions import fetch_stored

    return {
        one.name or kind: ({"name": one.name} if one.name else {}) | one.definition
        for one in fetch_stored(client, kind)
    }


def _publish(arguments: argparse.Namespace) -> int:
    from cs_core.io.definitions.versions import fetch_versions, publish

    text = _read(arguments.file)
    if arguments.note and len(arguments.note) > LONGEST_NOTE:
        problem = f"--note has {len(arguments.note):,} characters; at most {LONGEST_NOTE:,}."
        raise UsageError(problem=problem)
    if "\0" in text or "\\u0000" in text:
        raise UsageError(problem=f"{arguments.file} holds a null character; take it out.")
    try:
        data = json.loads(text)
        json.dumps(data, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        raise UsageError(problem=f"{arguments.file} is not JSON: {error}.") from error
    name, definition = _checked(arguments.kind, data)
    what = f"{arguments.kind} {name}".rstrip()
    client = connect()
    if arguments.kind == "playbook":
        _check_templates(client, definition)
    if arguments.check:
        print(f"The {what} is well formed. Nothing was stored.")
        return 0
    newest = fetch_versions(client, arguments.kind, name, limit=1)
    based_on = newest[0].version if newest else 0
    done = publish(client, arguments.kind, name, definition, arguments.note, based_on)
    if not done.is_published:
        raise PublishedMeanwhile(what=what, version=done.version)
    print(f"The {what} is in force as version {done.version}.")
    return 0


def _checked(kind: "Kind", data: Any) -> tuple[str, dict[str, Any]]:
    """Check a definition, and return its name, none for rules, and what is stored."""
    from cs_core.mail.messages import Template
    from cs_core.outreach.playbooks import Playbook
    from cs_core.outreach.rules import OutreachRules

    if kind == "rules":
        return "", OutreachRules.from_dict(data, version=0).to_dict()
    if kind == "template":
        Template.from_dict(data, version=0)
        return data["name"], data
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise UsageError(problem='A playbook needs a "name" beside its definition.')
    definition = {name: value for name, value in data.items() if name != "name"}
    return data["name"], Playbook.from_dict(data["name"], definition, version=0).to_dict()


def _check_templates(client: "ServiceClient", definition: dict[str, Any]) -> None:
    """Make sure that the messages a playbook sends exist."""
    from cs_core.io.definitions.templates import fetch_templates, open_template

    templates = fetch_templates(client)
    for action in definition["actions"]:
        if "template" in action:
            open_template(templates, action["template"], audience="supplier")
