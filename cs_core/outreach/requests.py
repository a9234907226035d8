"""What a person asks for: one intervention for one supplier, checked before anything happens."""

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any

from cs_core.base.checks import Problem
from cs_core.base.errors import DefinitionError, MessageError
from cs_core.base.vocabulary import CALL_TYPES, INTERVENTION_TYPES
from cs_core.mail.addresses import clean_line
from cs_core.mail.messages import message_from_person
from cs_core.outreach.quiet_hours import leaves_at
from cs_core.outreach.rules import OutreachRules, next_working_moment

LONGEST_NOTE = 2000
# The history that caps are judged by reaches back further.
LATEST_DAYS = 90
# Braces alone are none: what stands in them begins with a word.
_PLACEHOLDER = re.compile(r"\{(?:\{|%)-?\s{0,9}[A-Za-z_][^{}]{0,80}[%}]\}")


class RequestError(DefinitionError):
    message = "Request: {details}."


@dataclass(frozen=True)
class ContactRequest:
    """One intervention that a person asks for."""

    supplier_id: str
    type: str  # email, call or in_app
    requested_by: str  # the person's id in `user_profiles`; an admin
    idempotency_key: str  # chosen by the caller: the same again is the same request
    template: str | None = None  # for a message: either this, or `subject` and `message`
    # A message in the person's own words, plain text.
    subject: str | None = None
    message: str | None = None
    call_type: str | None = None  # for a call; a check-in where not given
    note: str | None = None  # why, for the team
    # When; where not given, the next working day for calls, and for messages now, or when it is not
    # quiet any more where the supplier is. A time that is given holds, quiet or not.
    requested_for: dt.datetime | None = None
    # Send although the frequency cap is reached. An opt-out cannot be overridden.
    overrides_cap: bool = False
    overrides_quiet_hours: bool = False  # send now although it is night for the supplier


def plan_request(
    request: ContactRequest, zone: str, rules: OutreachRules, now: dt.datetime
) -> dict[str, Any]:
    """Check a request and say when it is to happen.

    Parameters
    ----------
    zone : str
        The supplier's time zone.

    Returns
    -------
    dict
        What the database's `request_intervention` takes.

    Raises
    ------
    RequestError
        Naming every field that is wrong, and what to do.
    """
    problems = [
        *_identity_problems(request),
        *_content_problems(request),
        *_time_problems(request, now),
    ]
    if problems:
        raise RequestError(*problems)
    is_call = request.type == "call"
    at = request.requested_for
    if at is None:
        hours = None if request.overrides_quiet_hours else rules.quiet_hours
        at = next_working_moment(now, zone, rules) if is_call else leaves_at(now, zone, hours)
    # As it will be read: what no message holds, no database takes either.
    own = None
    if request.message is not None:
        own = message_from_person(request.subject or "", request.message)
    return {
        "supplier_id": str(uuid.UUID(request.supplier_id)),
        "type": request.type,
        "requested_by": str(uuid.UUID(request.requested_by)),
        "idempotency_key": request.idempotency_key,
        "template": request.template,
        "subject": own.subject if own else None,
        "message": own.text if own else None,
        "call_type": (request.call_type or "check_in") if is_call else None,
        "note": _clean_note(request.note),
        "requested_for": request.requested_for.isoformat() if request.requested_for else None,
        "overrides_cap": request.overrides_cap,
        "overrides_quiet_hours": request.overrides_quiet_hours,
        "scheduled_for": at.isoformat(),
    }


def _clean_note(note: str | None) -> str | None:
    return "\n".join(map(clean_line, (note or "").splitlines())).strip() or None


def _identity_problems(request: ContactRequest) -> list[Problem]:
    problems = []
    for name in ("supplier_id", "requested_by"):
        try:
            uuid.UUID(getattr(request, name))
        except (ValueError, AttributeError, TypeError):
            problems.append((name, "is not an id; it is a UUID"))
    if request.type not in INTERVENTION_TYPES:
        problems.append(("type", f"must be one of {', '.join(INTERVENTION_TYPES)}"))
    key = request.idempotency_key
    if not (1 <= len(key) <= 200 and key.isprintable()):
        problems.append(("idempotency_key", "must be 1 to 200 characters, on one line"))
    if request.note is not None and len(request.note) > LONGEST_NOTE:
        problems.append(("note", f"is {len(request.note):,} characters; at most {LONGEST_NOTE:,}"))
    return problems


def _content_problems(request: ContactRequest) -> list[Problem]:
    written = request.subject is not None or request.message is not None
    if request.type == "call":
        if written or request.template is not None:
            return [("message", "goes with an e-mail or in-app message; a call takes a note")]
        if request.call_type is not None and request.call_type not in CALL_TYPES:
            return [("call_type", f"must be one of {', '.join(CALL_TYPES)}")]
        return []
    if request.call_type is not None:
        return [("call_type", "goes with a call only")]
    if request.template is not None:
        return [("message", "and template exclude each other; give one")] if written else []
    if not (request.message or "").strip():
        return [("message", "is missing; give a template, or a subject and a message")]
    if not (request.subject or "").strip():
        return [("subject", "is missing; a message in your own words needs one")]
    try:
        message_from_person(request.subject or "", request.message or "")
    except MessageError as error:
        return list(error.problems)
    return _placeholder_problems(request.subject or "", request.message or "")


def _placeholder_problems(subject: str, text: str) -> list[Problem]:
    """Name what a person wrote as if it were a template: it would be read as it stands."""
    return [
        (field, f"has {found.group()}, which only a template fills in; write the words themselves")
        for field, part in (("subject", subject), ("message", text))
        if (found := _PLACEHOLDER.search(part))
    ]


def _time_problems(request: ContactRequest, now: dt.datetime) -> list[Problem]:
    at = request.requested_for
    if at is None:
        return []
    if at.tzinfo is None:
        return [("requested_for", "needs a time zone, such as 2026-11-23T10:00:00+00:00")]
    if at < now - dt.timedelta(minutes=5):
        return [("requested_for", "lies in the past")]
    if at > now + dt.timedelta(days=LATEST_DAYS):
        return [("requested_for", f"is more than {LATEST_DAYS} days ahead")]
    return []
