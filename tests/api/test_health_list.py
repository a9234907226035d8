"""GET /api/customer-success/health: who is in it, page by page, while scores change."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.api.answers import HEALTH, fields_of
from tests.support.health_rows import add_scored_supplier


def names_in(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return sorted(one["name"] for one in answer.json()["suppliers"])


def walk(
    client: httpx.Client, between: Callable[[], None] = lambda: None, **query: Any
) -> list[Any]:
    """Follow the cursors to the end; return all pages."""
    pages, cursor = [], None
    while True:
        answer = client.get(HEALTH, params={"cursor": cursor} if cursor else query)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        cursor = pages[-1]["nextCursor"]
        if cursor is None:
            return pages
        between()


@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_staff_get_every_field_of_the_contract(
    role: str, call_as: Callable[..., httpx.Client], sql: Any
) -> None:
    now = datetime.now(UTC)
    supplier = add_scored_supplier(sql, "Rowan & Fox", 55, last_login=now)
    sql.execute(
        "update current_health set recommendations = '{Call them,Send tips}',"
        " recommendation_keys = '{never_logged_in,silent}'"
    )
    answer = call_as(role).get(HEALTH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert datetime.fromisoformat(body["suppliers"][0].pop("lastLogin")) == now
    assert body == {
        "summary": {"totalSuppliers": 1, "healthyCount": 0, "atRiskCount": 1, "criticalCount": 0},
        "suppliers": [
            {
                "id": supplier,
                "name": "Rowan & Fox",
                "healthScore": 55,
                "riskLevel": "at_risk",
                "daysActive": 0,
                "tier": "professional",
                "recommendations": ["Call them", "Send tips"],
            }
        ],
        "nextCursor": None,
    }


def test_days_active_are_those_with_a_login_among_the_thirty_of_the_score(
    analyst: httpx.Client, sql: Any
) -> None:
    day = date.today()
    supplier = add_scored_supplier(sql, "Rowan & Fox", 55, score_date=day)
    spans = ", ".join(
        f"[{day - timedelta(first)},{day - timedelta(last)}]"
        for first, last in ((0, 0), (5, 4), (31, 29))  # the 31st and 30th day back are too old
    )
    sql.execute(
        "insert into private.subject_activity (supplier_id, kind, subject, known_at, days)"
        " values (%s, 'login', '', now(), %s)",
        (supplier, f"{{{spans}}}"),
    )
    assert analyst.get(HEALTH).json()["suppliers"][0]["daysActive"] == 4


def test_a_supplier_without_a_score_is_there_and_says_so(
    analyst: httpx.Client, add_supplier: Callable[..., str]
) -> None:
    add_supplier()
    body = analyst.get(HEALTH).json()
    assert body["summary"]["totalSuppliers"] == 1
    (row,) = body["suppliers"]
    unknown = ("healthScore", "riskLevel", "lastLogin", "daysActive")
    assert [row[name] for name in unknown] == [None] * 4


def test_paused_and_churned_suppliers_are_not_there(analyst: httpx.Client, sql: Any) -> None:
    add_scored_supplier(sql, "Here", 55)
    add_scored_supplier(sql, "Paused", 55)
    add_scored_supplier(sql, "Gone", 55)
    sql.execute(
        "update suppliers set status = lower(replace(business_name, 'Gone', 'churned'))"
        " where business_name <> 'Here'"
    )
    assert names_in(analyst.get(HEALTH)) == ["Here"]
    assert analyst.get(HEALTH).json()["summary"]["totalSuppliers"] == 1


@pytest.mark.parametrize(
    ("query", "names", "counts"),
    [
        ({"risk_level": "critical"}, ["Ash"], (3, 1, 1, 1)),
        ({"tier": "premium"}, ["Cédar"], (1, 1, 0, 0)),
        ({"tier": "no such tier"}, [], (0, 0, 0, 0)),
        ({"q": "cedar"}, ["Cédar"], (1, 1, 0, 0)),
        ({"q": "ASH@EXAMPLE"}, ["Ash"], (1, 0, 0, 1)),
        ({"q": "100%_\\"}, [], (0, 0, 0, 0)),
        ({"q": " "}, ["Ash", "Birch", "Cédar"], (3, 1, 1, 1)),
        ({"q": "cedar", "risk_level": "critical"}, [], (1, 1, 0, 0)),
    ],
)
def test_filters_choose_suppliers_and_the_summary_counts_every_level(
    query: dict[str, str],
    names: list[str],
    counts: tuple[int, ...],
    analyst: httpx.Client,
    sql: Any,
) -> None:
    for name, score in (("Cédar", 90), ("Birch", 55), ("Ash", 20)):
        add_scored_supplier(sql, name, score)
    sql.execute("update suppliers set tier = 'premium' where business_name = 'Cédar'")
    sql.execute("update suppliers set email = 'ash@example.com' where business_name = 'Ash'")
    answer = analyst.get(HEALTH, params=query)
    assert names_in(answer) == names
    assert tuple(answer.json()["summary"].values()) == counts


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_pages_hold_every_supplier_once_in_order_of_ids(
    limit: int, analyst: httpx.Client, suppliers: list[str]
) -> None:
    pages = walk(analyst, limit=limit)
    assert [one["id"] for page in pages for one in page["suppliers"]] == suppliers
    assert len(pages) == -(-len(suppliers) // limit)
    assert {len(page["suppliers"]) for page in pages[:-1]} <= {limit}


def test_nobody_comes_twice_or_is_skipped_while_all_scores_change(
    analyst: httpx.Client, suppliers: list[str], sql: Any
) -> None:
    chance = random.Random(7)

    def rescore() -> None:
        for supplier in suppliers:
            score = chance.randrange(101)
            level = "critical" if score < 40 else "at_risk" if score < 70 else "healthy"
            sql.execute(
                "update current_health set health_score = %s, risk_level = %s"
                " where supplier_id = %s",
                (score, level, supplier),
            )

    pages = walk(analyst, rescore, limit=2)
    assert [one["id"] for page in pages for one in page["suppliers"]] == suppliers
    # Counted with the first page: pages that disagree would be no list.
    assert {tuple(page["summary"].values()) for page in pages} == {(7, 2, 3, 2)}


def test_a_supplier_that_leaves_between_two_pages_takes_nobody_along(
    analyst: httpx.Client, suppliers: list[str], sql: Any
) -> None:
    first = analyst.get(HEALTH, params={"limit": 2}).json()
    sql.execute("delete from suppliers where id = any (%s)", (suppliers[:3],))
    rest = analyst.get(HEALTH, params={"cursor": first["nextCursor"], "limit": 500}).json()
    assert [one["id"] for one in rest["suppliers"]] == suppliers[3:]
    assert rest["nextCursor"] is None


def test_the_cursor_remembers_filters_and_limit(
    analyst: httpx.Client, suppliers: list[str]
) -> None:
    pages = walk(analyst, limit=1, risk_level="at_risk", q="supplier", tier="professional")
    assert [len(page["suppliers"]) for page in pages] == [1, 1, 1]
    assert {one["riskLevel"] for page in pages for one in page["suppliers"]} == {"at_risk"}


def test_the_link_to_the_next_page_is_the_cursor(
    analyst: httpx.Client, suppliers: list[str]
) -> None:
    answer = analyst.get(HEALTH, params={"limit": 6})
    link = answer.links["next"]["url"]
    assert parse_qs(urlsplit(link).query) == {"cursor": [answer.json()["nextCursor"]]}
    last = analyst.get(link)
    assert [one["id"] for one in last.json()["suppliers"]] == suppliers[6:]
    assert "link" not in last.headers


def test_a_cursor_goes_with_the_same_filters_or_none(
    analyst: httpx.Client, suppliers: list[str]
) -> None:
    query = {"risk_level": "at_risk", "limit": 1}
    cursor = analyst.get(HEALTH, params=query).json()["nextCursor"]
    assert analyst.get(HEALTH, params=query | {"cursor": cursor}).status_code == 200
    for other in ({"risk_level": "critical"}, {"q": "supplier"}):
        answer = analyst.get(HEALTH, params=other | {"cursor": cursor})
        assert list(fields_of(answer)) == list(other)


def test_a_cursor_that_was_changed_anywhere_is_refused(
    analyst: httpx.Client, suppliers: list[str]
) -> None:
    cursor = analyst.get(HEALTH, params={"limit": 1}).json()["nextCursor"]
    assert suppliers[0] not in cursor
    for place in range(0, len(cursor) - 1, 7):
        other = "A" if cursor[place] != "A" else "B"
        changed = cursor[:place] + other + cursor[place + 1 :]
        problems = fields_of(analyst.get(HEALTH, params={"cursor": changed}))
        assert "nextCursor" in problems["cursor"]
    for wrong in (cursor[:-4], cursor + "AAAA", "A", "AAAA", suppliers[0]):
        assert list(fields_of(analyst.get(HEALTH, params={"cursor": wrong}))) == ["cursor"]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("limit=0", "limit", "at least 1"),
        ("limit=501", "limit", "at most 500"),
        ("limit=-1", "limit", "a whole number"),
        ("limit=5.0", "limit", "a whole number"),
        ("limit=1_0", "limit", "a whole number"),
        ("limit=%D9%A5", "limit", "a whole number"),  # an Arabic 5
        ("limit=", "limit", "a whole number"),
        ("limit=" + "9" * 5000, "limit", "a whole number"),
        ("limit=1&limit=2", "limit", "once"),
        ("risk_level=dreadful", "risk_level", "'critical', 'at_risk' or 'healthy'"),
        ("risk_level=", "risk_level", "'critical'"),
        ("risk_level=critical&risk_level=healthy", "risk_level", "once"),
        ("tier=", "tier", "leave it out"),
        ("tier=" + "x" * 201, "tier", "201 characters"),
        ("q=" + "x" * 101, "q", "at most"),
        ("q=a%00b", "q", "NUL"),
        ("cursor=%3D%3D", "cursor", "nextCursor"),
        ("riskLevel=critical", "riskLevel", 'did you mean "risk_level"?'),
        ("offset=5", "offset", "is not known"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_to_do(
    query: str, field: str, words: str, analyst: httpx.Client
) -> None:
    problems = fields_of(analyst.get(f"{HEALTH}?{query}"))
    assert list(problems) == [field]
    assert words in problems[field]


def test_all_that_is_wrong_is_named_at_once(analyst: httpx.Client) -> None:
    answer = analyst.get(f"{HEALTH}?limit=0&risk_level=x&colour=red")
    assert set(fields_of(answer)) == {"limit", "risk_level", "colour"}


def test_the_longest_filters_fit_into_a_cursor(
    analyst: httpx.Client, suppliers: list[str], sql: Any
) -> None:
    tier = "\U0001f490" * 200
    sql.execute("update suppliers set tier = %s, business_name = %s", (tier, tier[:100]))
    pages = walk(analyst, limit=3, tier=tier, q=tier[:100], risk_level="at_risk")
    assert [len(page["suppliers"]) for page in pages] == [3]
    pages = walk(analyst, limit=3, tier=tier, q=tier[:100])
    assert [len(page["suppliers"]) for page in pages] == [3, 3, 1]


def test_of_a_thousand_faults_twenty_are_named(analyst: httpx.Client) -> None:
    query = "&".join(f"wrong{n}=1" for n in range(1000))
    assert len(fields_of(analyst.get(f"{HEALTH}?{query}"))) == 20
