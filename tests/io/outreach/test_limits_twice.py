"""The cap, the opt-out, the address and the open call: the same in Python and in SQL.

One table of cases. What the run decides in Python, what is looked at again as its page is saved,
and what people ask for, one or many, give the same reason.
"""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from cs_core.outreach.facts import OutreachFacts
from cs_core.outreach.plan import plan_contacts
from cs_core.outreach.rules import OutreachRules
from tests.support.intervention_rows import add_intervention
from tests.support.outreach_plans import CALL, EMAIL, playbook, rules, scored, supplier
from tests.support.runs import Sql

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
PLAYBOOKS = {
    "email": playbook("mail", actions=[EMAIL]),
    "call": playbook("ring", actions=[CALL]),
}
WHO = dict[str, Any]


class Before(NamedTuple):
    """A contact that is there already, `days` from now."""

    type: str
    status: str
    days: float
    may_have_arrived: bool = False


class Case(NamedTuple):
    """A contact of a `type` that is wanted now, under a cap of `emails` in `days`."""

    reason: str | None
    who: WHO | None = None
    before: tuple[Before, ...] = ()
    type: str = "email"
    emails: int = 1
    days: int = 7


def sent(days: float) -> Before:
    return Before("email", "sent", days)


def planned(days: float) -> Before:
    return Before("email", "planned", days)


CASES = {
    "nothing in the way": Case(None),
    "opted out": Case("opt_out", {"email_opt_out": True}),
    "opted out and without an address": Case("opt_out", {"email_opt_out": True, "email": None}),
    "opted out and at the cap": Case("opt_out", {"email_opt_out": True}, (sent(-1),)),
    "no address": Case("no_address", {"email": None}),
    "no address that could be one": Case("no_address", {"email": "rowan at example"}),
    "no address and at the cap": Case("no_address", {"email": None}, (sent(-1),)),
    "a call needs no consent and no address": Case(
        None, {"email_opt_out": True, "email": None}, type="call"
    ),
    "a mail just inside the period": Case("frequency_cap", before=(sent(-6),)),
    "a mail as old as the period": Case(None, before=(sent(-7),)),
    "a mail just outside the period": Case(None, before=(sent(-8),)),
    "days are UTC dates, whatever the hour": Case("frequency_cap", before=(sent(-6.49),)),
    "a mail that is planned within the period": Case("frequency_cap", before=(planned(6),)),
    "a mail that is planned after the period": Case(None, before=(planned(7),)),
    "a mail that should have left long ago leaves now": Case(
        "frequency_cap", before=(planned(-20),)
    ),
    "a mail that is just being sent": Case(
        "frequency_cap", before=(Before("email", "sending", 0),)
    ),
    "a mail that failed": Case(None, before=(Before("email", "failed", -1),)),
    "a mail that failed and may have arrived": Case(
        "frequency_cap", before=(Before("email", "failed", -1, may_have_arrived=True),)
    ),
    "a mail that was taken back": Case(None, before=(Before("email", "cancelled", -1),)),
    "a message in the product is no mail": Case(None, before=(Before("in_app", "sent", -1),)),
    "one of two mails": Case(None, before=(sent(-1),), emails=2),
    "two of two mails": Case("frequency_cap", before=(sent(-1), planned(2)), emails=2),
    "three of two mails": Case("frequency_cap", before=(sent(-1),) * 3, emails=2),
    "no mail is allowed at all": Case("frequency_cap", emails=0),
    "a cap of one day": Case(None, before=(sent(-1),), days=1),
    "a cap of one day, and a mail today": Case("frequency_cap", before=(sent(-0.25),), days=1),
    "the cap holds no call back": Case(None, before=(sent(-1),), type="call"),
    "an open call": Case("open_call", before=(Before("call", "planned", 2),), type="call"),
    "an open call that is late": Case(
        "open_call", before=(Before("call", "planned", -9),), type="call"
    ),
    "a call that was made": Case(None, before=(Before("call", "done", -1),), type="call"),
    "a call that was cancelled": Case(None, before=(Before("call", "cancelled", 2),), type="call"),
    "an open call holds no mail back": Case(None, before=(Before("call", "planned", 2),)),
}
# An opt-out or a lost address since the facts were read is heeded as the message is written.
LOOKED_AT_AS_A_PAGE_IS_SAVED = {
    name: case for name, case in CASES.items() if case.reason not in ("opt_out", "no_address")
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> Case:
    """Each case of the table."""
    found: Case = request.param
    return found


@pytest.fixture
def ash(case: Case, add_supplier: Callable[..., str], sql: Sql) -> str:
    """The supplier of the case, with what was there before."""
    ash = add_supplier(**{"email": "ash@supplier.example"} | (case.who or {}))
    for before in case.before:
        at = NOW + before.days * dt.timedelta(days=1)
        was_tried = before.status in ("sent", "done") or before.may_have_arrived
        add_intervention(
            sql,
            ash,
            type=before.type,
            call_type="check_in" if before.type == "call" else None,
            status=before.status,
            reason="by_person" if before.status == "cancelled" else None,
            may_have_arrived=before.may_have_arrived,
            scheduled_for=at,
            sent_at=at if was_tried else None,
            created_at=min(at, NOW) - dt.timedelta(days=1),
        )
    return ash


@pytest.fixture
def in_force(case: Case) -> OutreachRules:
    """The rules with the cap of the case."""
    return rules(email_cap={"emails": case.emails, "days": case.days})


@pytest.fixture
def asked(case: Case, ash: str, add_person: Callable[..., dict[str, str]]) -> dict[str, Any]:
    """What an admin asks for."""
    return {
        "idempotency_key": str(uuid.uuid4()),
        "supplier_id": ash,
        "type": case.type,
        "call_type": "check_in" if case.type == "call" else None,
        "template": "check_in" if case.type == "email" else None,
        "requested_by": add_person("ada@wedsync.example", "admin")["id"],
        "scheduled_for": NOW.isoformat(),
        "overrides_cap": False,
    }


def answer(sql: Sql, question: str, *arguments: Any) -> Any:
    """Call a function with instants, ids, and JSON made of dicts and lists."""
    given = [json.dumps(a) if isinstance(a, dict | list) else a for a in arguments]
    row = sql.execute(question.encode(), given).fetchone()
    assert row is not None
    return row[0]


def test_the_run_decides_it_in_python(
    case: Case, ash: str, in_force: OutreachRules, sql: Sql
) -> None:
    facts = answer(
        sql,
        "select private.outreach_facts(%s, 1, %s, array[%s]::uuid[], %s)",
        NOW,
        NOW,
        ash,
        case.days,
    )
    plan = plan_contacts(
        scored([supplier(supplier_id=ash)]),
        OutreachFacts.from_columns(facts),
        [PLAYBOOKS[case.type]],
        in_force,
        NOW,
        NOW.date(),
    )
    assert plan.contacts["reason"].to_pylist() == [case.reason]


@pytest.mark.parametrize(
    "case",
    LOOKED_AT_AS_A_PAGE_IS_SAVED.values(),
    ids=LOOKED_AT_AS_A_PAGE_IS_SAVED.keys(),
    indirect=True,
)
def test_it_is_looked_at_again_as_the_page_is_saved(
    case: Case, ash: str, in_force: OutreachRules, sql: Sql
) -> None:
    wanted = {
        "supplier_id": ash,
        "type": case.type,
        "playbook": "wanted",
        "call_type": "check_in" if case.type == "call" else None,
        "arm": "treated",
        "status": "planned",
        "scheduled_us": int(NOW.timestamp()) * 1_000_000,
        "dedupe_key": "wanted",
        "cause": {"reasons": []},
    }
    answer(
        sql,
        "select private.save_contacts(%s, %s, %s, %s)",
        NOW.date(),
        NOW,
        [wanted],
        in_force.cap,
    )
    reason = answer(sql, "select reason from interventions where dedupe_key = 'wanted'")
    assert reason == case.reason


def test_what_a_person_asks_for_is_judged_in_sql(
    case: Case, asked: dict[str, Any], in_force: OutreachRules, sql: Sql
) -> None:
    done = answer(sql, "select request_intervention(%s, %s, %s)", NOW, asked, in_force.cap)
    assert done["reason"] == case.reason


def test_who_overrides_the_cap_overrides_nothing_else(
    case: Case, asked: dict[str, Any], in_force: OutreachRules, sql: Sql
) -> None:
    asked["overrides_cap"] = True
    done = answer(sql, "select request_intervention(%s, %s, %s)", NOW, asked, in_force.cap)
    assert done["reason"] == (None if case.reason == "frequency_cap" else case.reason)
    assert done["overridden"] == ("frequency_cap" if case.reason == "frequency_cap" else None)


def test_many_at_once_are_judged_alike_before_and_as_they_are_asked_for(
    case: Case, ash: str, asked: dict[str, Any], in_force: OutreachRules, sql: Sql
) -> None:
    preview = answer(
        sql,
        "select preview_bulk(array[%s]::uuid[], %s, %s, %s, %s, false)",
        ash,
        case.type,
        NOW,
        NOW,
        in_force.cap,
    )
    assert preview["suppressed"] == ({case.reason: 1} if case.reason else {})
    assert preview["will_contact"] == (case.reason is None)
    reasons = answer(sql, "select request_bulk(%s, %s, %s)", NOW, [asked], in_force.cap)
    assert reasons == [case.reason]
