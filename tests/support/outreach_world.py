"""A few suppliers to whom something happens on one morning, and what became of all of them."""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from typing import Any

from tests.support.runs import forget_scores

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)

# What does not depend on which second a run began, nor on ids drawn by chance.
OUTCOMES = {
    "interventions": "supplier_id, dedupe_key, type, playbook, playbook_version, milestone_type,"
    " call_type, template, arm, status, reason, score_date, subject, attempts, last_error,"
    " jsonb_array_length(cause -> 'reasons')",
    "success_milestones": "supplier_id, milestone_type, celebrated, uncelebrated_reason",
    "support_interactions": "supplier_id, type, cancelled_at is null, completed_at is null",
    "team_alerts": "supplier_id, score_date, status, reason, message_id is null",
    "in_app_messages": "supplier_id, title, body",
    "outbox": "recipient_id, to_address, subject, body_text, body_html, status",
}


class World:
    """Suppliers by name, as they are on one morning."""

    def __init__(
        self,
        add_supplier: Callable[..., str],
        add_events: Callable[..., None],
        sql: Any,
        now: dt.datetime,
    ) -> None:
        self.now = now
        self._add_supplier = add_supplier
        self._add_events = add_events
        self._sql = sql
        sql.execute(
            "insert into core_features values ('calendar', '*'), ('forms', '*'), ('maps', '*')"
            " on conflict do nothing"
        )

    def supplier(self, name: str, *events: tuple[str, str | None, float], **columns: Any) -> str:
        """Add a supplier with events (type, subject, days ago) and an id made from its name."""
        given = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
            "business_name": name,
            "contact_name": f"{name} Smith",
            "email": f"{name.lower()}@supplier.example",
            "category": "florist",
            "signed_up_at": self.ago(300),
        }
        supplier = self._add_supplier(**given | columns)
        self._add_events(
            *((supplier, kind, subject, self.ago(days)) for kind, subject, days in events)
        )
        return supplier

    def ago(self, days: float) -> str:
        """Write the instant so many days before the morning."""
        return (self.now - days * DAY).isoformat()

    def silent(
        self, name: str, features: tuple[str, ...] = ("calendar", "forms"), **columns: Any
    ) -> str:
        """Finished its set-up long ago and stayed away for 8 days: an e-mail and a call."""
        return self.supplier(
            name,
            ("login", None, 8.25),
            ("client_active", "c", 9.0),
            *(("feature_used", feature, 9.0) for feature in features),
            **{"onboarded_at": self.ago(200)} | columns,
        )

    def turning(self, name: str, **columns: Any) -> str:
        """At risk the day before and critical on the morning: a call and an alert."""
        return self.supplier(
            name,
            ("login", None, 90.0),
            ("login", None, 3.5),
            ("feature_used", "calendar", 4.0),
            ("client_added", "c", 90.0),
            **columns,
        )

    def started(self, name: str, **columns: Any) -> str:
        """Finished its set-up yesterday: a celebration in the product and by mail."""
        return self.supplier(
            name,
            *(("login", None, days) for days in (0.5, 1.5)),
            *(("feature_used", feature, 1.0) for feature in ("calendar", "forms")),
            ("client_active", "c", 1.0),
            **{"signed_up_at": self.ago(2), "onboarded_at": self.ago(0.75)} | columns,
        )

    def everybody(self) -> dict[str, str]:
        """Add some of each."""
        return {
            name: getattr(self, kind)(name, **columns)
            for name, kind, columns in (
                ("Ash", "silent", {}),
                ("Birch", "silent", {"email_opt_out": True}),
                ("Cedar", "silent", {"email": "no address"}),
                ("Elm", "turning", {}),
                ("Fir", "turning", {}),
                ("Hazel", "started", {}),
                ("Ivy", "supplier", {"signed_up_at": self.ago(4)}),
                ("Oak", "silent", {"status": "paused", "paused_at": self.ago(1)}),
            )
        }


def change_playbook(sql: Any, name: str, **changes: Any) -> None:
    """Put another version of a playbook in force, changed in some parts."""
    sql.execute(
        "insert into playbooks (name, version, definition)"
        " select name, version + 1, definition || %s from playbooks"
        " where name = %s order by version desc limit 1",
        (json.dumps(changes), name),
    )


def outcomes(sql: Any) -> dict[str, list[Any]]:
    """Return all that runs did about suppliers, without what is drawn by chance or by clock."""
    found = {}
    for table, columns in OUTCOMES.items():
        rows = sql.execute(f"select {columns} from {table}").fetchall()
        found[table] = sorted(rows, key=repr)
    return found


def forget_outreach(sql: Any) -> None:
    """Empty all that runs write; suppliers and events stay."""
    forget_scores(sql)
    sql.execute(
        "truncate interventions, support_interactions, success_milestones, team_alerts,"
        " in_app_messages, outbox; delete from runs"
    )


def whom(mails: Iterable[EmailMessage]) -> list[str]:
    """Return to whom mails went, in order; each has a Message-ID of its own."""
    mails = list(mails)
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    return sorted(mail["To"].addresses[0].addr_spec for mail in mails)
