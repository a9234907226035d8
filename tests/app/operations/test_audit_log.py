"""The audit log: who changed what from what to what, on screen and as a download."""

import csv
import io
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from tests.app.operations.operations_page import ada, open_as
from tests.support.dashboard import words_of
from tests.support.health_rows import insert

__all__ = ["ada", "open_as"]


def add_change(sql: Any, **columns: Any) -> None:
    values = {"table_name": "suppliers", "row_key": str(uuid.uuid4()), "action": "update"} | columns
    insert(sql, "audit_log", values)


def test_the_audit_log_says_who_changed_what_from_what_to_what(
    sql: Any, ada: dict[str, str], open_as: Any
) -> None:
    add_change(
        sql,
        actor_id=ada["id"],
        table_name="scorecards",
        row_key="2",
        before=json.dumps({"definition": {"weights": {"login": 30, "forms": 10}}}),
        after=json.dumps({"definition": {"weights": {"login": 25, "forms": 10}}}),
    )
    words = words_of(open_as(ada, part="audit"))
    assert "ada@wedsync.example" in words
    assert "Scorecard changed" in words
    assert "Weights › Login</span> 30 → 25" in words
    assert "Forms" not in words


def test_the_audit_log_names_people_and_shows_no_ids_of_them(
    sql: Any, ada: dict[str, str], add_person: Any, open_as: Any
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")["id"]
    add_change(sql, after=json.dumps({"owner_id": ann}))
    sql.execute("update user_profiles set role = null where id = %s", (ann,))
    sql.execute("update user_profiles set role = 'analyst' where id = %s", (ann,))
    words = words_of(open_as(ada, part="audit"))
    assert "Owner</span> ann@wedsync.example" in words
    assert re.search(r"Role of a person changed <a [^>]*>ann@wedsync\.example</a>", words)
    assert f"{ann[:8]}…" not in words
    assert f"> {ann}" not in words


def test_the_audit_log_names_the_supplier_and_leads_to_it(
    sql: Any, open_as: Any, ada: dict[str, str], add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier(business_name="Rowan & Fox")
    add_change(sql, row_key=f"{supplier}/7", table_name="support_interactions")
    words = words_of(open_as(ada, part="audit"))
    assert re.search(rf'href="/supplier\?id={supplier}"[^>]*>Rowan &amp; Fox</a>', words)


def test_the_audit_log_says_how_a_call_ended_before_when(
    sql: Any, open_as: Any, ada: dict[str, str], add_supplier: Callable[..., str]
) -> None:
    values = {"supplier_id": add_supplier(), "type": "check_in", "claimed_by": ada["id"]}
    insert(sql, "support_interactions", values)
    sql.execute(
        "update support_interactions set claimed_by = null, outcome = 'left_message',"
        " completed_at = '2026-11-22T10:00:00Z'"
    )
    words = words_of(open_as(ada, part="audit"))
    assert "Outcome</span> Left message" in words
    assert words.index("Outcome</span>") < words.index("Completed at</span>")
    assert "The daily run or an operator" in words


def test_what_was_said_on_a_call_is_not_kept_in_the_audit_log_and_its_outcome_is(
    sql: Any, add_supplier: Callable[..., str]
) -> None:
    insert(sql, "support_interactions", {"supplier_id": add_supplier(), "type": "check_in"})
    sql.execute("update support_interactions set outcome = 'reached', notes = 'Rang Maya, 07700'")
    sql.execute("update support_interactions set outcome = null, notes = null")
    log = sql.execute(
        "select before, after from audit_log where action = 'update' order by id"
    ).fetchall()
    assert log == [
        (None, {"outcome": "reached", "notes": "changed"}),
        ({"outcome": "reached", "notes": "changed"}, {"outcome": None, "notes": "changed"}),
    ]


def test_the_audit_log_is_narrowed_by_the_address_and_exported_as_it_is_shown(
    sql: Any,
    ada: dict[str, str],
    open_as: Any,
    web: Any,
    cookie_of: Callable[..., str],
) -> None:
    add_change(sql, actor_id=ada["id"], after=json.dumps({"owner_id": "=1+1"}))
    add_change(sql, table_name="outbox", after=json.dumps({"status": "queued"}))
    words = words_of(open_as(ada, part="audit", table="outbox"))
    assert "queued" in words
    assert "Owner" not in words
    web.cookies.set("cs_session", cookie_of(ada))
    answer = web.get("/export/audit.csv?table=suppliers")
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["who"], row["table_name"]) for row in rows] == [
        ("ada@wedsync.example", "suppliers")
    ]
    assert json.loads(rows[0]["after"]) == {"owner_id": "=1+1"}
    assert web.get("/export/audit.csv?who=nonsense").status_code == 400


def test_the_audit_download_is_for_admins_only(web: Any, analyst: str) -> None:
    assert web.get("/export/audit.csv").status_code == 303
    web.cookies.set("cs_session", analyst)
    assert web.get("/export/audit.csv").status_code == 403
