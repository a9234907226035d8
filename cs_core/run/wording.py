"""What a run did, or would do, in words."""

import datetime as dt
from typing import Any

from cs_core.base.counting import counted
from cs_core.mail.addresses import clean_line

SHOWN = 20


def contact_record(row: dict[str, Any], business_name: str) -> dict[str, Any]:
    """Write what a dry run says of one contact; instants as they are read."""
    names = ("supplier_id", "playbook", "milestone_type", "type", "call_type", "template")
    at = row["scheduled_us"]
    moment = dt.datetime.fromtimestamp(at / 1e6, dt.UTC).isoformat() if at is not None else None
    return {"business_name": clean_line(business_name)} | {
        **{name: row[name] for name in (*names, "arm", "status", "reason")},
        "scheduled_for": moment,
    }


def run_in_words(summary: dict[str, Any]) -> str:
    is_dry = summary["status"] == "dry run"
    lines = [
        f"{'Would score' if is_dry else 'Scored'} "
        f"{counted(summary['suppliers_scored'], 'supplier')} for "
        f"{_day(summary['score_date'])} in {summary['seconds']['total']:.1f} s: "
        f"{summary['healthy']:,} healthy, {summary['at_risk']:,} at risk, "
        f"{summary['critical']:,} critical; {summary['transitions']:,} changed level."
    ]
    if summary["contacts_people"]:
        planned = counted(summary["interventions"], "contact")
        lines.append(
            f"{'Would plan' if is_dry else 'Planned'} {planned}, "
            f"{summary['suppressed']:,} held back; "
            f"{counted(summary['milestones'], 'new milestone')}; "
            f"{summary['alerts']:,} newly critical."
        )
    else:
        lines.append("Nobody is contacted: the scores do not speak for today.")
    if is_dry:
        return "\n".join([*lines, *_preview_lines(summary), "Nothing was written."])
    mails = [summary[name] for name in ("mails_sent", "mails_waiting", "mails_dead")]
    if any(mails):
        sent, waiting, dead = mails
        failed = f", {dead:,} failed for good" if dead else ""
        lines.append(f"Sent {counted(sent, 'mail')}; {waits(waiting)}{failed}.")
    return "\n".join(lines)


def waits(mails: int) -> str:
    """Say how many wait: "1 waits", "4 wait"."""
    return f"{mails:,} {'waits' if mails == 1 else 'wait'}"


def mail_troubles(dead: int, problem: str | None) -> list[str]:
    """Say in a line each what somebody should look at after mail was sent."""
    died = f"{counted(dead, 'mail')} failed for good. python -m cs_core mail says which, and why."
    return [line for line in (problem, died if dead else None) if line]


def _preview_lines(summary: dict[str, Any]) -> list[str]:
    changes = [
        f"  {clean_line(row['business_name'])}: "
        f"{row['previous_score']} {_word(row['previous_level'])} -> "
        f"{row['health_score']} {_word(row['risk_level'])}"
        for row in summary["level_changes"]
    ]
    planned = [row for row in summary["contacts"] if row["status"] == "planned"]
    suppressed = [row for row in summary["contacts"] if row["status"] == "suppressed"]
    return [
        *_section("Would change level:", changes, summary["transitions"]),
        *_section("Would be contacted:", [_contact_line(row) for row in planned], len(planned)),
        *_section(
            "Would not be contacted:",
            [f"{_contact_line(row)}: {_word(row['reason'])}" for row in suppressed],
            len(suppressed),
        ),
    ]


def _section(title: str, lines: list[str], total: int) -> list[str]:
    if not lines:
        return []
    shown = lines[:SHOWN]
    hidden = total - len(shown)
    return [title, *shown, *([f"  and {hidden:,} more (--json lists them)"] if hidden else [])]


def _contact_line(row: dict[str, Any]) -> str:
    cause = row["playbook"] or f"milestone {row['milestone_type']}"
    how = f"call ({_word(row['call_type'])})" if row["call_type"] else _word(row["type"])
    when = (
        f" at {row['scheduled_for'][:16]}" if row["type"] == "call" and row["scheduled_for"] else ""
    )
    return f"  {row['business_name']}: {how}{when}, {_word(cause)}"


def _day(text: str) -> str:
    day = dt.date.fromisoformat(text)
    return f"{day.day} {day:%b %Y}"


def _word(name: str) -> str:
    return name.replace("_", " ")
