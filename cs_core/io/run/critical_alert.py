"""Queues the mail that tells the team which suppliers turned critical."""

import datetime as dt
from typing import Any

from cs_core.base.errors import TemplateError
from cs_core.io.base.client import ServiceClient
from cs_core.io.base.config import MailSettings
from cs_core.io.definitions.templates import UnknownTemplate, fetch_templates, open_template
from cs_core.io.run.store import LeasedRun, call_with_lease
from cs_core.mail.addresses import Address, parse_address
from cs_core.mail.messages import Message, render_message
from cs_core.outreach.critical_alert import (
    TEMPLATE,
    digest_key,
    digest_values,
    plain_digest,
    plan_alerts,
)
from cs_core.outreach.rules import OutreachRules
from cs_core.score.scorecard import Scorecard


def queue_team_alert(
    client: ServiceClient,
    run: LeasedRun,
    mail: MailSettings,
    rules: OutreachRules,
    scorecard: Scorecard,
    now: dt.datetime,
) -> int:
    """Queue one mail about all who turned critical and whom the team was not told of.

    Parameters
    ----------
    run : Run
        The one at work; a run that was killed before it came here leaves its alerts to the next.
    mail : MailSettings
        Where the dashboard is, and whom to tell where the rules name nobody.
    scorecard : Scorecard
        That of the run.

    Returns
    -------
    int
        How many suppliers the mail tells of; 0: there is no mail.
    """
    at = {"p_now": now.isoformat()}
    pending = call_with_lease(client, run, "Reading alerts", "pending_alerts", at)
    if not pending:
        return 0
    alerts = plan_alerts(pending, rules)
    told = [row for row, alert in zip(pending, alerts, strict=True) if alert["reason"] is None]
    letters = []
    if told:
        message = _write(client, digest_values(told, scorecard, mail.base_url))
        letters = [
            {
                "dedupe_key": f"{digest_key(alerts)}/{address.address}",
                "to_address": address.address,
                "subject": message.subject,
                "body_text": message.text,
                "body_html": message.html,
            }
            for address in alert_addresses(rules, mail)
        ]
    arguments = at | {"p_alerts": alerts, "p_mail": letters}
    call_with_lease(client, run, "Queueing the team's alert", "save_alerts", arguments)
    return len(told)


def alert_addresses(rules: OutreachRules, mail: MailSettings) -> tuple[Address, ...]:
    """Say whom alerts go to: whom the rules name, else whom the setting CS_ALERT_TO does."""
    return tuple(parse_address(one) for one in rules.alert_to) or mail.alert_to


def _write(client: ServiceClient, values: dict[str, Any]) -> Message:
    templates = fetch_templates(client)
    try:
        return render_message(open_template(templates, TEMPLATE, "team"), values)
    except (UnknownTemplate, TemplateError) as error:
        return plain_digest(values, str(error))
