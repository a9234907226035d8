"""The downloads of interventions and milestones are guarded and hold what the screen lists."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client

from cs_app.server import clients
from cs_core.io.base.reads import run_query
from cs_core.io.export.interventions import export_list
from cs_core.io.outreach.intervention_lists import ListFilter, intervention_list_query
from tests.support.intervention_rows import add_intervention

ROLES = ("admin", "analyst")


@pytest.fixture
def signed_in(
    web: Any, add_person: Callable[..., dict[str, str]], cookie_of: Callable[..., str]
) -> Callable[..., Any]:
    def sign_in(role: str | None) -> Any:
        web.cookies.set(clients.COOKIE, cookie_of(add_person("someone@wedsync.example", role)))
        return web

    return sign_in


@pytest.fixture
def supplier(add_supplier: Callable[..., str]) -> str:
    return add_supplier(business_name="=Rowan & Fox")


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("role", ROLES)
def test_staff_download_all_interventions(
    signed_in: Callable[..., Any], sql: Any, supplier: str, role: str
) -> None:
    add_intervention(sql, supplier, status="sent", sent_at="2026-11-01T10:00:00Z")
    add_intervention(sql, supplier, status="suppressed", reason="opt_out")
    answer = signed_in(role).get("/export/interventions.csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="interventions-')
    found = rows_of(answer)
    assert {row["status"] for row in found} == {"sent", "suppressed"}
    assert {row["business_name"] for row in found} == {"'=Rowan & Fox"}


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("tab=failed", {"failed"}),
        ("tab=scheduled", {"planned"}),
        ("status=sent", {"sent"}),
        ("reason=opt_out", {"suppressed"}),
        ("type=in_app", {"sent"}),
        ("since=2026-11-02&until=2026-11-02", {"failed"}),
        ("playbook=became_critical", {"planned"}),
    ],
)
def test_the_download_keeps_the_list_and_its_filters(
    signed_in: Callable[..., Any], sql: Any, supplier: str, query: str, kept: set[str]
) -> None:
    add_intervention(sql, supplier, type="in_app", status="sent", sent_at="2026-11-01T10:00:00Z")
    add_intervention(sql, supplier, status="failed", created_at="2026-11-02T23:59:59Z")
    add_intervention(sql, supplier, status="suppressed", reason="opt_out")
    add_intervention(sql, supplier, playbook="became_critical", scheduled_for="2026-12-01")
    found = rows_of(signed_in("analyst").get(f"/export/interventions.csv?{query}"))
    assert {row["status"] for row in found} == kept


def test_more_than_a_page_comes_whole_and_once(
    signed_in: Callable[..., Any],
    sql: Any,
    add_supplier: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cs_core.io.export import interventions as intervention_export

    for _ in range(3):
        supplier = add_supplier()
        for _ in range(3):
            add_intervention(sql, supplier, status="failed")
    monkeypatch.setattr(intervention_export.export_list, "__defaults__", (2,))
    found = rows_of(signed_in("analyst").get("/export/interventions.csv?tab=failed"))
    assert len({row["intervention_id"] for row in found}) == len(found) == 9


def test_those_of_a_person_are_asked_for_or_made_by_that_person(
    signed_in: Callable[..., Any],
    sql: Any,
    supplier: str,
    add_person: Callable[..., dict[str, str]],
) -> None:
    ada = add_person("ada@wedsync.example", "admin")["id"]
    add_intervention(sql, supplier, requested_by=ada)
    made = add_intervention(sql, supplier, type="call", call_type="check_in", status="done")
    sql.execute(
        "insert into support_interactions (supplier_id, type, intervention_id, completed_at,"
        " outcome) values (%s, 'check_in', %s, now(), 'reached')",
        (supplier, made),
    )
    sql.execute("update support_interactions set completed_by = %s", (ada,))
    add_intervention(sql, supplier)
    found = rows_of(signed_in("analyst").get(f"/export/interventions.csv?person={ada}"))
    assert {row["type"] for row in found} == {"email", "call"}


@pytest.mark.parametrize("tab", ["history", "scheduled"])
def test_those_of_a_person_come_in_order_page_after_page(
    tab: str, service: Client, sql: Any, supplier: str, add_person: Callable[..., dict[str, str]]
) -> None:
    ada = add_person("ada@wedsync.example", "admin")["id"]
    column = "created_at" if tab == "history" else "scheduled_for"
    ids = [
        add_intervention(sql, supplier, requested_by=ada, **{column: f"2026-11-0{day}T10:00:00Z"})
        for day in (1, 2, 2, 3, 4)
    ]
    add_intervention(sql, supplier, **{column: "2026-11-02T10:00:00Z"})
    text = "".join(export_list(service, tab, ListFilter(person=ada), page_size=2))
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    one, other = sorted(ids[1:3])
    oldest_first = [ids[0], one, other, ids[3], ids[4]]
    newest_first = [ids[4], ids[3], one, other, ids[0]]
    assert [row["intervention_id"] for row in rows] == (
        newest_first if tab == "history" else oldest_first
    )


@pytest.mark.parametrize("query", ["tab=<b>", "type=fax", "since=yesterday", "person=ada"])
def test_what_is_no_filter_is_told_instead_of_giving_everything(
    signed_in: Callable[..., Any], sql: Any, query: str
) -> None:
    answer = signed_in("admin").get(f"/export/interventions.csv?{query}")
    assert answer.status_code == 400
    assert "not there" in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    ("name", "query", "named"),
    [
        ("interventions", "type=call&type=email", "type more than once"),
        ("interventions", "tab=failed&tab=sent", "tab more than once"),
        ("milestones", "type=first_login&type=first_client", "type more than once"),
        ("milestones", "type=fax", "that type of milestone"),
        ("milestones", "days=8", "that many days"),
    ],
)
def test_what_is_asked_for_twice_or_is_not_there_is_named(
    signed_in: Callable[..., Any], sql: Any, name: str, query: str, named: str
) -> None:
    answer = signed_in("analyst").get(f"/export/{name}.csv?{query}")
    assert answer.status_code == 400
    assert named in answer.text


@pytest.mark.parametrize("tab", ["scheduled", "history"])
def test_the_file_is_in_the_order_of_the_list(
    service: Any, sql: Any, add_supplier: Callable[..., str], tab: str
) -> None:
    days = (3, 1, 1, 2, None, None, 3)
    for number, day in enumerate(days):
        add_intervention(
            sql,
            add_supplier(),
            scheduled_for=day and f"2026-12-0{day}T10:00:00.000001Z",
            created_at=f"2026-11-0{number % 3 + 1}T10:00:00.123456Z",
        )
    seen = [line.id for line in run_query(service, intervention_list_query(tab, ListFilter())).rows]
    text = "".join(export_list(service, tab, ListFilter(), page_size=2)).removeprefix("\ufeff")
    found = [row["intervention_id"] for row in csv.DictReader(io.StringIO(text))]
    assert found == seen
    assert len(set(found)) == len(days)


def test_the_file_says_what_came_of_a_call_and_who_asked_for_it_and_made_it(
    signed_in: Callable[..., Any],
    sql: Any,
    supplier: str,
    add_person: Callable[..., dict[str, str]],
) -> None:
    ada = add_person("ada@wedsync.example", "admin")["id"]
    sql.execute("update user_profiles set full_name = 'Ada Lind' where id = %s", (ada,))
    made = add_intervention(
        sql, supplier, type="call", call_type="check_in", status="done", requested_by=ada
    )
    sql.execute(
        "insert into support_interactions (supplier_id, type, intervention_id, completed_at,"
        " outcome, notes) values (%s, 'check_in', %s, now(), 'reached',"
        " 'Call Morgan at +44 7700 900107')",
        (supplier, made),
    )
    sql.execute("update support_interactions set completed_by = %s", (ada,))
    web = signed_in("admin")
    answer = web.get("/export/interventions.csv")
    (row,) = rows_of(answer)
    assert (row["outcome"], row["requested_by"], row["made_by"]) == (
        *("reached", "Ada Lind", "Ada Lind"),
    )
    assert "7700" not in answer.text
    sql.execute("update user_profiles set full_name = ''")
    (row,) = rows_of(web.get("/export/interventions.csv"))
    assert (row["requested_by"], row["made_by"]) == ("Somebody", "Somebody")


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ["first_login", "first_client", "one_year"]),
        ("?days=30", ["first_login", "first_client"]),
        ("?type=first_client&days=30", ["first_client"]),
        ("?type=one_year", ["one_year"]),
    ],
)
def test_milestones_are_exported_as_filtered_the_newest_first(
    signed_in: Callable[..., Any],
    sql: Any,
    supplier: str,
    query: str,
    kept: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cs_core.io.export import milestones as milestone_export

    monkeypatch.setattr(milestone_export.export_milestone_list, "__defaults__", (None, None, 1))
    for days, kind in ((20, "first_client"), (400, "one_year"), (1, "first_login")):
        sql.execute(
            "insert into success_milestones (supplier_id, milestone_type, achieved_at)"
            " values (%s, %s, now() - %s * interval '1 day')",
            (supplier, kind, days),
        )
    found = rows_of(signed_in("analyst").get(f"/export/milestones.csv{query}"))
    assert [row["milestone_type"] for row in found] == kept


def test_milestones_are_downloaded(signed_in: Callable[..., Any], sql: Any, supplier: str) -> None:
    sql.execute(
        "insert into success_milestones (supplier_id, milestone_type, achieved_at)"
        " values (%s, 'first_login', now())",
        (supplier,),
    )
    (row,) = rows_of(signed_in("analyst").get("/export/milestones.csv"))
    assert row["milestone_type"] == "first_login"


@pytest.mark.parametrize("name", ["interventions", "milestones"])
def test_signed_out_the_download_leads_to_sign_in(web: Any, sql: Any, name: str) -> None:
    answer = web.get(f"/export/{name}.csv")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/sign-in?next=%2F{name}")


@pytest.mark.parametrize("name", ["interventions", "milestones"])
def test_without_a_role_nothing_is_downloaded(
    signed_in: Callable[..., Any], sql: Any, name: str
) -> None:
    assert signed_in(None).get(f"/export/{name}.csv").status_code == 403


def test_a_failed_download_is_a_page_and_not_half_a_file(
    signed_in: Callable[..., Any], sql: Any
) -> None:
    web = signed_in("admin")
    sql.execute("revoke select on public.intervention_list from authenticated")
    try:
        answer = web.get("/export/interventions.csv")
    finally:
        sql.execute("grant select on public.intervention_list to authenticated")
    assert answer.status_code == 503
    assert "content-disposition" not in answer.headers
