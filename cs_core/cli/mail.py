"""The command line's part for the outbox: send-mail, mail and retry-mail."""

# Only the standard library up here, so that --help and mistakes answer at once.
import argparse
import datetime as dt
import sys
import uuid
from typing import TYPE_CHECKING, Any

from cs_core.base.counting import counted
from cs_core.base.errors import CsError, UsageError
from cs_core.mail.addresses import clean_line
from cs_core.run.wording import mail_troubles, waits

if TYPE_CHECKING:
    from cs_core.io.base.client import ServiceClient

MOST_SHOWN = 200
TEAM = "team"


class NotDead(CsError):
    message = (
        "No mail that failed for good has the id {mail_id}. `python -m cs_core mail` lists them."
    )

    exit_code = 2


def add_mail_commands(commands: Any) -> None:
    """Add the commands to the parser of `python -m cs_core`."""
    send = commands.add_parser(
        "send-mail",
        help="write and send what is due",
        description="Write and send all messages that are due, and try again what waits. The "
        "daily run does it too; run this every few minutes to be prompt. Exit status 1 if the "
        "mail server cannot be used, or if it was stopped by a signal.",
    )
    send.set_defaults(run=_send_mail)
    mail = commands.add_parser(
        "mail",
        help="list mail that failed for good, or that waits",
        description="List the mail that failed for good, or that waits: its id, when it was due, "
        "to whom it goes, its subject, how often it was tried, and why it did not leave. No "
        f"addresses. At most {MOST_SHOWN}.",
    )
    which = mail.add_mutually_exclusive_group()
    which.add_argument("--dead", action="store_true", help="what failed for good; the default")
    which.add_argument("--waiting", action="store_true", help="what is still to be sent")
    mail.set_defaults(run=_mail)
    retry = commands.add_parser(
        "retry-mail",
        help="send mail again that failed for good",
        description="Send dead mail again, with all its tries. Mail that may have arrived is sent "
        "again only by its id: ask the recipient first.",
    )
    which = retry.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", metavar="ID", help="as `mail` prints it")
    which.add_argument("--all", action="store_true", help="all dead mail but what may have arrived")
    retry.set_defaults(run=_retry_mail)


def connect() -> "ServiceClient":
    """Make the program's own client."""
    from cs_core.io.base.client import connect_service
    from cs_core.io.base.config import load_settings

    return connect_service(load_settings())


def send_due(client: "ServiceClient", mail: Any) -> int:
    """Write and send what is due, say what came of it, and return the exit status."""
    from cs_core.io.dispatch import SendingStopped, dispatch
    from cs_core.io.run.stopping import stopped_by_signals

    with stopped_by_signals() as stop:
        done = dispatch(client, mail, dt.datetime.now(dt.UTC), stop)
    sent = f"Sent {counted(done.sent, 'mail')}"
    print(f"{sent}; {waits(done.waiting)}, {done.dead:,} failed for good.")
    for trouble in mail_troubles(done.dead, done.problem):
        print(trouble, file=sys.stderr)
    if done.was_stopped:
        raise SendingStopped(waiting=done.waiting)
    return 1 if done.problem else 0


def _send_mail(_arguments: argparse.Namespace) -> int:
    from cs_core.io.base.config import load_mail_settings

    return send_due(connect(), load_mail_settings())


def _mail(arguments: argparse.Namespace) -> int:
    from cs_core.io.mail.outbox_list import fetch_mail

    found = fetch_mail(connect(), is_dead=not arguments.waiting, page_size=MOST_SHOWN)
    if found.total == 0:
        print("No mail waits." if arguments.waiting else "No mail failed for good.")
    for one in found.rows:
        times = "once" if one.attempts == 1 else f"{one.attempts:,} times"
        recipient = clean_line(one.business_name or one.person or TEAM)
        print(f"{one.id}  {one.due:%Y-%m-%d %H:%M}  {recipient}: {one.subject}")
        print(f"    tried {times}. {clean_line(one.last_error or '')}".rstrip())
    if found.total > len(found.rows):
        print(f"and {found.total - len(found.rows):,} more")
    return 0


def _retry_mail(arguments: argparse.Namespace) -> int:
    from cs_core.io.base.config import load_mail_settings
    from cs_core.io.mail.outbox_list import fetch_mail, retry_mail

    mail_id = None if arguments.all else _id(arguments.id)
    mail, client, now = load_mail_settings(), connect(), dt.datetime.now(dt.UTC)
    again = retry_mail(client, None if mail_id is None else [mail_id], now)
    if mail_id is None:
        left_out = fetch_mail(client, page_size=1).total
        print(f"{counted(again, 'mail is', 'mails are')} sent again.")
        if left_out:
            verb = "is" if left_out == 1 else "are"
            words = f"{counted(left_out, 'mail')} that may have arrived {verb} not"
            print(f"{words}: retry-mail ID sends one.", file=sys.stderr)
    elif not again:
        raise NotDead(mail_id=mail_id)
    return send_due(client, mail)


def _id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        problem = f"{text!r} is no id of a mail; python -m cs_core mail prints them."
        raise UsageError(problem=problem) from error
