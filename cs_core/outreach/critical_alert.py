"""What the team hears of suppliers that turned critical."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cs_core.mail.messages import Message, message_from_person
from cs_core.outreach.rules import OutreachRules
from cs_core.score.drivers import driver_text, explain_score
from cs_core.score.scorecard import Scorecard

TEMPLATE = "critical_digest"
# Further ones are counted: a mail that nobody reads to its end warns nobody.
MOST_LISTED = 50
MOST_LISTED_PLAIN = 30
# Fifty of the longest there are, of nothing but "&", would be more than a mail may hold.
MOST_NAME_CHARACTERS = 100
HELD_OUT_NOTE = "Left alone by a holdout: please do not contact it, so that it can be measured."


def plan_alerts(pending: Sequence[Mapping[str, Any]], rules: OutreachRules) -> list[dict[str, Any]]:
    """Decide of which suppliers that turned critical the team is told.

    Parameters
    ----------
    pending : sequence of mappings
        `supplier_id`, `score_date`, `level` as it is now (None: it left), and
        `days_since_alert`, the days since the team was told of the same supplier (None: never).
    rules : OutreachRules
        `alert_again_after_days`.

    Returns
    -------
    list of dict
        `supplier_id`, `score_date`, `reason`: None to tell, else why not.
    """

    def reason(row: Mapping[str, Any]) -> str | None:
        # Of a run that was stopped before it told: the supplier may be well again.
        if row["level"] != "critical":
            return "not critical any more"
        days = row["days_since_alert"]
        if days is not None and days < rules.alert_again_after_days:
            return f"told {days} {'day' if days == 1 else 'days'} before"
        return None

    return [
        {"supplier_id": row["supplier_id"], "score_date": row["score_date"], "reason": reason(row)}
        for row in pending
    ]


def digest_key(alerts: Sequence[Mapping[str, Any]]) -> str:
    """Name a digest after what it tells, so that the same one is queued once."""
    told = sorted(f"{a['supplier_id']}/{a['score_date']}" for a in alerts if a["reason"] is None)
    return "critical/" + hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def digest_values(
    rows: Sequence[Mapping[str, Any]], scorecard: Scorecard, base_url: str
) -> dict[str, Any]:
    """Return what the digest's template may say.

    Parameters
    ----------
    rows : sequence of mappings
        Suppliers to tell of, lowest score first: name, scores, points, counts.
    scorecard : Scorecard
        The one they were scored on.
    base_url : str
        Where the dashboard is, without a slash at its end.

    Returns
    -------
    dict
        The variables of audience `team`.
    """
    suppliers = [
        {
            "name": _shortened(row["business_name"]),
            "score": row["health_score"],
            "previous_score": row["previous_score"],
            "change": row["health_score"] - row["previous_score"],
            "drivers": [driver_text(driver) for driver in explain_score(row, scorecard)],
            "link": f"{base_url}/supplier?id={row['supplier_id']}",
            "note": HELD_OUT_NOTE if row["is_held_out"] else "",
        }
        for row in rows[:MOST_LISTED]
    ]
    day = dt.date.fromisoformat(max(row["score_date"] for row in rows))
    return {
        "suppliers": suppliers,
        "count": len(rows),
        "score_date": f"{day.day} {day:%B %Y}",
        "link": f"{base_url}/suppliers?risk=critical",
    }


def plain_digest(values: Mapping[str, Any], problem: str) -> Message:
    """Write the digest without its template: the team is warned even if that cannot be used.

    Parameters
    ----------
    values : mapping
        As `digest_values` gives it.
    problem : str
        Why the template cannot be used.

    Returns
    -------
    Message
    """
    count, suppliers = values["count"], values["suppliers"][:MOST_LISTED_PLAIN]
    subject = f"{count:,} {'supplier' if count == 1 else 'suppliers'} became critical"
    hidden = [f"and {count - len(suppliers):,} more"] if count > len(suppliers) else []
    lines = [
        f"{subject} (health scores of {values['score_date']}):",
        "",
        *(
            line
            for s in suppliers
            for line in (
                f"{s['name']}: score {s['score']}, {s['previous_score']} before. {s['note']}",
                s["link"],
            )
        ),
        *hidden,
        "",
        f"All critical suppliers: {values['link']}",
        "",
        f"This mail is plain because its template cannot be used. {problem[:500]}",
    ]
    return message_from_person(subject, "\n".join(lines))


def _shortened(name: str) -> str:
    if len(name) <= MOST_NAME_CHARACTERS:
        return name
    return f"{name[: MOST_NAME_CHARACTERS - 1].rstrip()}…"
