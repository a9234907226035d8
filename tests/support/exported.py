"""What the tests of the CSV export share: rows to export, and reading what came."""

import csv
import io

import pytest

from cs_core.io.export.tables import export_lines

LEVELS = {"healthy": 85, "at_risk": 55, "critical": 20}
COUNTS = (
    "features_used, features_core, clients_active, clients_known,"
    " forms_sent, forms_completed, steps_due, steps_completed"
)


def parsed(text: str) -> list[dict[str, str]]:
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))


def exported(client, dataset, **how):
    return parsed("".join(export_lines(client, dataset, **how)))


@pytest.fixture
def add_score(sql):
    sql.execute("select private.ensure_history_partitions('2026-01-01', '2026-12-31')")

    def add(supplier_id, level="healthy", day="2026-03-10", current=True, **columns):
        values = {
            "supplier_id": supplier_id,
            "score_date": day,
            "as_of": f"{day}T23:00:00+01:00",
            "health_score": LEVELS[level],
            "risk_level": level,
            "tier": "professional",
            "scorecard_version": 1,
        } | columns
        keys = ["silent"] * len(columns.get("recommendations", []))
        for table, more in (
            ("customer_health", {}),
            ("current_health", {"changes_at": "infinity", "recommendation_keys": keys}),
        ):
            if table == "customer_health" or current:
                row = values | more
                sql.execute(
                    f"insert into {table} ({', '.join(row)}, {COUNTS})"
                    f" values ({', '.join(['%s'] * len(row))}, 4, 8, 3, 12, 0, 0, 0, 0)",
                    list(row.values()),
                )

    return add


@pytest.fixture
def add_many(sql):
    """A function that fills in many scored suppliers by one statement."""

    def add(count):
        sql.execute("truncate suppliers cascade")
        sql.execute(
            "insert into suppliers (business_name, signed_up_at)"
            " select 'Supplier ' || g, '2026-01-01' from generate_series(1, %s) g",
            [count],
        )
        sql.execute(
            f"insert into current_health (supplier_id, score_date, as_of, health_score, risk_level,"
            f" tier, scorecard_version, recommendations, recommendation_keys, changes_at, {COUNTS})"
            " select id, '2026-03-10', '2026-03-11', 85, 'healthy', 'standard', 1,"
            " array['Call them', 'Send the planning checklist'],"
            " array['never_logged_in', 'few_active_clients'], 'infinity', 1,1,1,1,1,1,1,1"
            " from suppliers"
        )

    return add


@pytest.fixture
def add_intervention(sql):
    def add(supplier_id, created_at="2026-03-10T12:00:00Z", **columns):
        values = {
            "supplier_id": supplier_id,
            "type": "email",
            "playbook": "quiet_after_set_up",
            "created_at": created_at,
        } | columns
        marks = ", ".join(["%s"] * len(values))
        row = sql.execute(
            f"insert into interventions (dedupe_key, {', '.join(values)})"
            f" values (gen_random_uuid()::text, {marks}) returning id",
            list(values.values()),
        ).fetchone()
        return str(row[0])

    return add


@pytest.fixture
def add_milestone(sql):
    def add(supplier_id, milestone_type="first_client", achieved_at="2026-03-10T12:00:00Z"):
        sql.execute(
            "insert into success_milestones (supplier_id, milestone_type, achieved_at)"
            " values (%s, %s, %s)",
            [supplier_id, milestone_type, achieved_at],
        )

    return add
