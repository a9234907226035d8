"""Decides whom to contact, how and when: playbooks, celebrations, and calls no longer needed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import narwhals as nw
import pyarrow as pa

from cs_core.base.frames import Frame, to_frame
from cs_core.outreach.conditions import to_expression
from cs_core.outreach.facts import (
    CLOSED_CALLS,
    CONTACTS,
    PERSON,
    ContactPlan,
    OutreachFacts,
    join_facts,
)
from cs_core.outreach.limits import IS_CALL, IS_PLANNED, add_keys, schedule, suppress
from cs_core.outreach.milestones import CATALOGUE, plan_milestones
from cs_core.outreach.playbooks import Playbook
from cs_core.outreach.rules import OutreachRules

SUPPLIER_COLUMNS = (
    "supplier_id",
    "timezone",
    "opted_out",
    "has_address",
    "open_calls",
    "health_score",
    "risk_level",
    "previous_score",
)
WANTED_COLUMNS = (
    *SUPPLIER_COLUMNS,
    *("playbook", "playbook_version", "milestone_type", "fired_on", "cooling", "arm"),
    *("rank", "place", "type", "call_type", "template"),
)
ACTIONS = pa.schema(
    [
        ("rank", pa.int64()),
        ("place", pa.int64()),
        ("type", pa.string()),
        ("call_type", pa.string()),
        ("template", pa.string()),
    ]
)


def plan_contacts(
    scores: pa.Table,
    facts: OutreachFacts,
    playbooks: Iterable[Playbook],
    rules: OutreachRules,
    contact_at: datetime,
    score_date: date,
) -> ContactPlan:
    """Plan the interventions and milestones of a page of suppliers.

    Parameters
    ----------
    scores : pyarrow.Table, shape (n_suppliers, ...)
        One row a supplier: what `score_suppliers` gives, with `previous_score`,
        `previous_level`, `days_since_sign_up` (days), `onboarded`, `tier` and the counts.
    facts : OutreachFacts
        About the same suppliers, row by row.
    playbooks : iterable of Playbook
        One version of each; those not enabled do nothing.
    rules : OutreachRules
        Frequency cap, working days, call time.
    contact_at : datetime
        The aware instant at which messages go out.
    score_date : date
        The day the scores speak for; gaps between firings count from it.

    Returns
    -------
    ContactPlan
        Contacts by supplier, the most important playbook first.

    Raises
    ------
    MissingColumns
        If a column that playbooks may ask for is not in the scores.
    FactsMismatch
        If the facts are not about the suppliers of the scores.
    NoWorkingDay
        If the rules leave no day to call on.

    Notes
    -----
    A playbook that fired on `score_date` or later is passed over: the run repeats a day. One
    that fired less than its cool-down before gives one suppressed row, whose key is that of
    the firing; only an e-mail that the cap held back then is still tried. All others fire: a
    row per action, suppressed in the holdout arm. Only one call per supplier is open at a
    time, and e-mails keep to the cap, in order of priority, celebrations last.
    """
    in_force = tuple(
        sorted((p for p in playbooks if p.enabled), key=lambda p: (p.priority, p.name))
    )
    frame = join_facts(scores, facts)
    milestones = plan_milestones(facts.milestones, rules, contact_at)
    firings = to_frame(facts.firings)
    wanted = [
        *_fire(frame, firings, in_force, score_date),
        _celebrate(frame, to_frame(milestones), len(in_force)),
    ]
    emails = to_frame(facts.emails)
    rows = nw.concat(wanted).join(emails, on="supplier_id", how="left")
    rows = suppress(rows.sort("supplier_id", "rank", "place"), rules)
    rows = add_keys(schedule(rows, rules, contact_at), rules, score_date, contact_at)
    contacts = rows.select(*CONTACTS.names)
    return ContactPlan(
        contacts=contacts.to_native().cast(CONTACTS),
        milestones=milestones,
        closed_calls=_close_calls(frame, facts.open_calls, in_force, contacts),
    )


@dataclass(frozen=True)
class _Compiled:
    """Playbooks in force as expressions, most important first."""

    matches: tuple[nw.Expr, ...]
    recovered: tuple[tuple[str, nw.Expr], ...]


# Building expressions costs as much as running them on a small page, and a run has many pages.
@lru_cache(maxsize=8)
def _compile(playbooks: tuple[Playbook, ...]) -> _Compiled:
    return _Compiled(
        matches=tuple(map(match_expression, playbooks)),
        recovered=tuple((p.name, to_expression(p.recovery)) for p in playbooks if p.recovery),
    )


def match_expression(playbook: Playbook) -> nw.Expr:
    """Return whether a playbook is meant for a supplier today; never null."""
    holds = to_expression(playbook.conditions)
    if playbook.trigger == "condition":
        return holds
    changed = nw.col("previous_level") != nw.col("risk_level")
    # Another scorecard moves levels, not suppliers.
    is_real = ~nw.col("previous_level").is_null() & ~nw.col("is_rescored").fill_null(False)
    return holds & changed.fill_null(False) & is_real


def _fire(
    frame: Frame, firings: Frame, playbooks: tuple[Playbook, ...], score_date: date
) -> list[Frame]:
    """Return a row per action of each playbook for each supplier it fires for, or is cooling."""
    if not playbooks:
        return []
    masks = {str(rank): mask for rank, mask in enumerate(_compile(playbooks).matches)}
    matched = (
        frame.select(*SUPPLIER_COLUMNS, **masks)
        .unpivot(
            list(masks), index=list(SUPPLIER_COLUMNS), variable_name="key", value_name="matched"
        )
        .filter(nw.col("matched"))
    )
    actions = to_frame(_list_actions(playbooks, score_date))
    repeated = (nw.col("fired_on") >= score_date.isoformat()).fill_null(False)
    cooling = (nw.col("fired_on") > nw.col("cooled_after")).fill_null(False)
    owed = (nw.col("type") == "email") & nw.col("owes_email").fill_null(False)
    rows = (
        matched.join(actions, on="key")
        .join(firings, on=["supplier_id", "playbook"], how="left")
        .with_columns(
            # An e-mail that the cap held back goes out as soon as there is room for it.
            cooling=cooling & ~owed,
            __cools=cooling,
            milestone_type=nw.lit(None, dtype=nw.String),
        )
        # One row says that a playbook is cooling down, whatever it would do.
        .filter(~repeated, ~nw.col("__cools") | ~nw.col("cooling") | (nw.col("place") == 0))
    )
    return [_draw_arms(rows, playbooks).select(*WANTED_COLUMNS)]


def _list_actions(playbooks: tuple[Playbook, ...], score_date: date) -> pa.Table:
    """Return the actions of all playbooks, with the day after which a firing still cools."""
    return pa.Table.from_pylist(
        [
            {
                "key": str(rank),
                "playbook": playbook.name,
                "playbook_version": playbook.version,
                # ISO dates compare as texts do.
                "cooled_after": (score_date - timedelta(days=playbook.cool_down_days)).isoformat(),
                "rank": rank,
                "place": place,
                **vars(action),
            }
            for rank, playbook in enumerate(playbooks)
            for place, action in enumerate(playbook.actions)
        ],
        schema=pa.schema(
            [
                ("key", pa.string()),
                ("playbook", pa.string()),
                ("playbook_version", pa.int64()),
                ("cooled_after", pa.string()),
                *ACTIONS,
            ]
        ),
    )


def _draw_arms(rows: Frame, playbooks: tuple[Playbook, ...]) -> Frame:
    """Add the arm each supplier is in, per playbook; the same on every run and version."""
    percents = {p.name: p.holdout_percent for p in playbooks if p.holdout_percent > 0}
    if not percents:
        return rows.with_columns(arm=nw.lit("treated"))
    # A hash has no expression: drawn one by one, but only for the few rows at hand.
    pairs = zip(rows["supplier_id"].to_list(), rows["playbook"].to_list(), strict=True)
    arms = [
        "holdout" if name in percents and draw(supplier, name) * 100 < percents[name] else "treated"
        for supplier, name in pairs
    ]
    drawn = nw.new_series("arm", arms, nw.String, backend=rows.implementation)
    return rows.with_columns(drawn)


def draw(supplier_id: str, playbook: str) -> float:
    """Return a supplier's lot for a playbook, a fraction in [0, 1) spread evenly over suppliers."""
    digest = hashlib.sha256(f"{supplier_id}/{playbook}".encode()).digest()
    # Of 64 bits a float keeps 53: the quotient of the largest would round up to 1.
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def _celebrate(frame: Frame, milestones: Frame, first_rank: int) -> Frame:
    """Return a row per message that celebrates a milestone, ranked after all playbooks."""
    messages = pa.Table.from_pylist(
        [
            {
                "milestone_type": milestone.type,
                "rank": first_rank + place,
                "place": int(kind == "email"),
                "type": kind,
                "call_type": None,
                "template": milestone.template,
            }
            for place, milestone in enumerate(CATALOGUE)
            for kind in (("in_app", "email") if milestone.is_big else ("in_app",))
        ],
        schema=pa.schema([("milestone_type", pa.string()), *ACTIONS]),
    )
    rows = (
        milestones.filter(nw.col("uncelebrated_reason").is_null())
        .join(to_frame(messages), on="milestone_type")
        .join(frame.select(*SUPPLIER_COLUMNS), on="supplier_id")
        .with_columns(
            playbook=nw.lit(None, dtype=nw.String),
            playbook_version=nw.lit(None, dtype=nw.Int64),
            fired_on=nw.lit(None, dtype=nw.String),
            cooling=nw.lit(False),
            arm=nw.lit("treated"),
        )
    )
    return rows.select(*WANTED_COLUMNS)


def _close_calls(
    frame: Frame, open_calls: pa.Table, playbooks: tuple[Playbook, ...], contacts: Frame
) -> pa.Table:
    """List the open calls whose suppliers recovered, and that no playbook asks for today."""
    asking = contacts.filter(IS_CALL & (IS_PLANNED | (nw.col("reason") == "open_call")))
    calls = (
        to_frame(open_calls)
        .filter(~nw.col("playbooks").str.contains(f"|{PERSON}|", literal=True))
        .join(asking.select("supplier_id").unique(), on="supplier_id", how="anti")
        # Each call is judged by the score it was planned at itself.
        .join(frame.drop("open_call_score"), on="supplier_id")
        .rename({"score": "open_call_score"})
    )
    unknown, recovered = nw.col("playbooks"), nw.lit(True)
    for name, expression in _compile(playbooks).recovered:
        mark = f"|{name}|"
        recovered = recovered & (~nw.col("playbooks").str.contains(mark, literal=True) | expression)
        unknown = unknown.str.replace_all(mark, "|", literal=True)
    # What is behind the call and has no recovery in force is over when all is well.
    over = (unknown == "|") | (nw.col("risk_level") == "healthy")
    closed = calls.filter(recovered & over).sort("supplier_id", "intervention_id")
    return (
        closed.select("supplier_id", "intervention_id", reason=nw.lit("recovered"))
        .to_native()
        .cast(CLOSED_CALLS)
    )
