"""Who would match a playbook now, who would not be contacted and why: the run's own plan, kept."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import narwhals as nw
import pyarrow as pa

from cs_core.base.frames import to_frame
from cs_core.outreach.facts import OutreachFacts, join_facts
from cs_core.outreach.plan import match_expression, plan_contacts
from cs_core.outreach.playbooks import Playbook
from cs_core.outreach.rules import OutreachRules

NAMED = 12


@dataclass
class PlaybookPreview:
    """What a playbook would do, counted page by page."""

    # How many were looked at, how many the conditions hold for, and how many of these it has
    # contacted, or decided on, today already.
    suppliers: int = 0
    matched: int = 0
    done_today: int = 0
    planned: Counter[str] = field(default_factory=Counter)
    # One that cools down is one row, whatever it would do.
    suppressed: Counter[tuple[str, str]] = field(default_factory=Counter)
    # Some of each: `supplier_id`, `health_score`, `risk_level`; the lowest scores first.
    named: dict[tuple[str, str | None], list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, suppliers: int, matched: Iterable[str], contacts: pa.Table) -> None:
        """Count a page: who matched, and the rows of the playbook in the plan."""
        ids = set(matched)
        rows = contacts.to_pylist()
        self.suppliers += suppliers
        self.matched += len(ids)
        self.done_today += len(ids - {row["supplier_id"] for row in rows})
        for row in rows:
            kind, reason = row["type"], row["reason"]
            if reason is None:
                self.planned[kind] += 1
            else:
                self.suppressed[kind, reason] += 1
            some = self.named.setdefault((kind, reason), [])
            some.append({n: row[n] for n in ("supplier_id", "health_score", "risk_level")})
            some.sort(key=lambda one: (one["health_score"], one["supplier_id"]))
            del some[NAMED:]


def preview_page(
    scores: pa.Table,
    facts: OutreachFacts,
    playbook: Playbook,
    others: Iterable[Playbook],
    rules: OutreachRules,
    contact_at: datetime,
    score_date: date,
) -> tuple[list[str], pa.Table]:
    """Plan a page as the run would, with one playbook as it is being changed.

    Parameters
    ----------
    scores, facts, rules, contact_at, score_date
        As `plan_contacts` takes them.
    playbook : Playbook
        Looked at as if it were turned on.
    others : iterable of Playbook
        All others: who comes first takes the e-mail or the call that only one can have.

    Returns
    -------
    matched : list of str
        Ids of the suppliers its conditions hold for.
    contacts : pyarrow.Table
        Its rows of the plan (`CONTACTS`).
    """
    mine = replace(playbook, enabled=True)
    plan = plan_contacts(
        scores,
        facts,
        [*(other for other in others if other.name != mine.name), mine],
        rules,
        contact_at,
        score_date,
    )
    matched = join_facts(scores, facts).filter(match_expression(mine))
    return (
        matched["supplier_id"].to_list(),
        to_frame(plan.contacts)
        .filter((nw.col("playbook") == mine.name).fill_null(False))
        .to_native(),
    )
