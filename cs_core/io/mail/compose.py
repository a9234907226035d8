"""Writes the e-mails and in-app messages that are due, each from its template."""

import datetime as dt
import threading
from typing import Any

from cs_core.base.errors import CsError, SupplierNotFound
from cs_core.io.base.client import ServiceClient, call
from cs_core.io.definitions.templates import Templates, fetch_templates, open_template
from cs_core.mail.addresses import MOST_NAME_CHARACTERS, clean_line, is_address
from cs_core.mail.messages import (
    Message,
    Template,
    message_from_person,
    render_message,
    unsubscribe_link,
)
from cs_core.mail.values import supplier_values
from cs_core.suppliers.feature_suggestions import FeatureUsers, count_feature_users

BATCH = 200


def write_due_messages(
    client: ServiceClient,
    base_url: str,
    now: dt.datetime,
    stop: threading.Event | None = None,
    only: str | None = None,
) -> int:
    """Write every planned message that is due: mails into the outbox, in-app ones delivered.

    One that cannot be written (a template that breaks a rule, say) fails by itself, with the
    reason on its intervention; the others are written.

    Parameters
    ----------
    base_url : str
        Where the unsubscribe links lead.
    stop : threading.Event, optional
        Set it to end after the messages at hand.
    only : str, optional
        Write only the message of this intervention.

    Returns
    -------
    int
        How many were written.
    """
    writer = _Writer(client, base_url, now)
    written = 0
    arguments = {"p_now": now.isoformat(), "p_limit": BATCH, "p_only": only}
    while not (stop and stop.is_set()):
        rows = call(client, "Reading what is to be written", "messages_to_write", arguments)
        if not rows:
            break
        messages = [writer.write(row) for row in rows]
        saved = call(
            client,
            "Storing messages",
            "save_written",
            {"p_now": now.isoformat(), "p_messages": messages},
        )
        written += int(saved["written"])
    return written


def preview_message(
    client: ServiceClient, supplier_id: str, template: str, now: dt.datetime
) -> Message:
    """Write what a template would say to a supplier now. Nothing is stored or sent.

    Raises SupplierNotFound or UnknownTemplate. Raises TemplateError if the template breaks a rule.
    """
    facts = _facts(client, supplier_id, now)
    return _Writer(client, "", now).compose({"template": template} | facts)


def values_for(client: ServiceClient, supplier_id: str, now: dt.datetime) -> dict[str, Any]:
    """Return what a template for suppliers may say of one of them now. Raises SupplierNotFound."""
    facts = _facts(client, supplier_id, now)
    return _Writer(client, "", now).values(facts)


def _facts(client: ServiceClient, supplier_id: str, now: dt.datetime) -> dict[str, Any]:
    arguments = {"p_supplier": supplier_id, "p_now": now.isoformat()}
    facts = call(client, "Reading what the message may say", "message_facts", arguments)
    if facts is None:
        raise SupplierNotFound(supplier_id=supplier_id)
    return dict(facts)


class _Writer:
    """Holds what the messages of one go share."""

    def __init__(self, client: ServiceClient, base_url: str, now: dt.datetime) -> None:
        self._client = client
        self._base_url = base_url
        self._now = now
        self._stored: Templates | None = None
        self._templates: dict[str, Template] = {}
        self._users: FeatureUsers | None = None

    def write(self, row: dict[str, Any]) -> dict[str, Any]:
        """Write one message, or say why it is not written."""
        key = {name: row[name] for name in ("supplier_id", "intervention_id", "type")}
        if not row["is_wanted"]:
            return key | {"outcome": "cancelled", "reason": "supplier_left"}
        if row["type"] == "email" and row["opted_out"]:
            return key | {"outcome": "suppressed", "reason": "opt_out"}
        address = (row["email"] or "").strip()
        if row["type"] == "email" and not is_address(address):
            return key | {"outcome": "suppressed", "reason": "no_address"}
        try:
            message = self.compose(row)
        except CsError as error:
            return key | {"outcome": "failed", "error": str(error)}
        written = key | {
            "subject": message.subject,
            "body_text": message.text,
            "body_html": message.html,
        }
        if row["type"] == "email":
            written |= {
                "to_address": address,
                "to_name": clean_line(row["contact_name"] or "", MOST_NAME_CHARACTERS),
                # The outbox puts the token in as it sends.
                "unsubscribe_url": unsubscribe_link(self._base_url, row["supplier_id"], "{token}"),
            }
        return written

    def compose(self, row: dict[str, Any]) -> Message:
        """Fill in the template, or take what a person wrote."""
        if row["template"] is None:
            return message_from_person(row["subject"], row["body"])
        template = self._template(row["template"])
        return render_message(template, self.values(row, template))

    def values(self, facts: dict[str, Any], template: Template | None = None) -> dict[str, Any]:
        """Give what a template may say of a supplier; None: whatever it may say."""
        # Counting users reads all that suppliers did lately: only where it is to be told.
        users = self._feature_users() if template is None or template.uses("features") else {}
        return supplier_values(facts, users, self._now)

    def _template(self, name: str) -> Template:
        if self._stored is None:
            self._stored = fetch_templates(self._client)
        if name not in self._templates:
            self._templates[name] = open_template(self._stored, name)
        return self._templates[name]

    def _feature_users(self) -> FeatureUsers:
        if self._users is None:
            rows = call(
                self._client, "Counting users", "feature_users", {"p_now": self._now.isoformat()}
            )
            self._users = count_feature_users(rows)
        return self._users
