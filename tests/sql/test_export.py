"""The CSV export on a real Supabase, through the API."""

import csv
import datetime as dt
import gc
import io
import os
import signal
import subprocess
import sys
import tracemalloc
from itertools import islice

import pytest

from cs_core.errors import StoreError, UsageError
from cs_core.io.export import DATASETS, export_lines
from cs_core.io.filtered_export import export_filtered
from cs_core.io.settings import Settings
from cs_core.io.supabase import connect
from cs_core.supplier_filter import SupplierFilter
from tests.conftest import ROOT

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
        marks = ", ".join(["%s"] * len(values))
        names = ", ".join(values)
        for table, more, constants in (
            ("customer_health", "", ""),
            ("current_health", ", changes_at", ", 'infinity'"),
        ):
            if table == "customer_health" or current:
                sql.execute(
                    f"insert into {table} ({names}, {COUNTS}{more})"
                    f" values ({marks}, 4, 8, 3, 12, 0, 0, 0, 0{constants})",
                    list(values.values()),
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
            f" tier, scorecard_version, recommendations, changes_at, {COUNTS})"
            " select id, '2026-03-10', '2026-03-11', 85, 'healthy', 'standard', 1,"
            " array['Call them', 'Send the planning checklist'], 'infinity', 1,1,1,1,1,1,1,1"
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


@pytest.fixture
def run(stack, tmp_path):
    """A function that runs the command line in a folder of its own."""

    def command(*arguments, env=None, **how):
        return subprocess.run(
            [sys.executable, "-m", "cs_core", *arguments],
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | (stack.env if env is None else env),
            timeout=60,
            check=False,
            **how,
        )

    return command


# ---- what is in it ----


def test_health_holds_the_newest_score_of_active_suppliers(add_supplier, add_score, service):
    scored = add_supplier(business_name="Björn's “Alm”", category="venue")
    add_score(
        scored,
        "at_risk",
        last_login="2026-03-09T10:20:30.123456+02:00",
        recommendations=["-10% for clients", "Call"],
        login_recency_points=20.0,
        feature_adoption_score=50,
    )
    add_supplier(business_name="not scored yet")
    for status in ("paused", "churned"):
        add_score(add_supplier(business_name=status, status=status), "critical")
    add_score(add_supplier(status="trial", business_name="on trial"), "healthy")
    rows = exported(service, "health")
    assert sorted(row["business_name"] for row in rows[:2]) == ["Björn's “Alm”", "on trial"]
    assert [(row["business_name"], row["health_score"]) for row in rows[2:]] == [
        ("not scored yet", "")
    ]
    [row] = [row for row in rows if row["supplier_id"] == scored]
    assert row | {"calculated_at": ""} == {
        "supplier_id": scored,
        "business_name": "Björn's “Alm”",
        "category": "venue",
        "tier": "professional",
        "current_status": "active",
        "score_date": "2026-03-10",
        "health_score": "55",
        "risk_level": "at_risk",
        "last_login": "2026-03-09T08:20:30Z",
        "login_recency_points": "20",
        "feature_adoption_points": "",
        "client_activity_points": "",
        "form_completion_points": "",
        "journey_performance_points": "",
        "feature_adoption_score": "50",
        "client_engagement_score": "",
        "form_completion_score": "",
        "journey_performance_score": "",
        "features_used": "4",
        "features_core": "8",
        "clients_active": "3",
        "clients_known": "12",
        "forms_sent": "0",
        "forms_completed": "0",
        "steps_due": "0",
        "steps_completed": "0",
        "recommendations": "'-10% for clients | Call",
        "scorecard_version": "1",
        "as_of": "2026-03-10T22:00:00Z",
        "calculated_at": "",
        "monthly_revenue": "0",
        "owner": "",
        "score_change_7_days": "",
        "planned_interventions": "0",
    }


def test_health_as_of_a_day_holds_what_was_stored_for_that_day(add_supplier, add_score, service):
    left = add_supplier(business_name="left since", status="churned")
    stayed = add_supplier(business_name="stayed")
    add_score(left, "critical", "2026-02-01", current=False)
    add_score(stayed, "at_risk", "2026-02-01", current=False)
    add_score(stayed, "healthy", "2026-02-02")
    rows = exported(service, "health", as_of=dt.date(2026, 2, 1))
    assert {(row["business_name"], row["risk_level"]) for row in rows} == {
        ("left since", "critical"),
        ("stayed", "at_risk"),
    }
    at_risk = exported(service, "health", as_of=dt.date(2026, 2, 1), risk_level="at_risk")
    assert [row["supplier_id"] for row in at_risk] == [stayed]


def test_a_past_day_has_the_change_of_that_day(add_supplier, add_score, service, sql):
    supplier = add_supplier()
    for day, score in (("2026-02-01", 80), ("2026-02-08", 50), ("2026-02-09", 20)):
        add_score(supplier, day=day, health_score=score, current=day == "2026-02-09")
        sql.execute("select private.note_day(%s)", (day,))
    for day, change in ((1, ""), (8, "-30"), (9, "-60")):
        [row] = exported(service, "health", as_of=dt.date(2026, 2, day))
        assert row["score_change_7_days"] == change


def test_the_button_and_the_command_line_have_the_same_columns_and_suppliers(
    add_supplier, add_score, service
):
    add_score(add_supplier(), "critical")
    add_supplier(business_name="not scored")
    of_the_button = list(export_filtered(service, SupplierFilter()))
    of_the_command = list(export_lines(service, "health"))
    assert of_the_button == of_the_command


def test_both_forms_of_health_have_the_same_columns(sql, service):
    [newest] = export_lines(service, "health")
    [of_a_day] = export_lines(service, "health", as_of=dt.date(2026, 2, 1))
    assert newest == of_a_day


@pytest.mark.parametrize("level", LEVELS)
def test_health_of_one_level_holds_that_level_only(add_supplier, add_score, service, level):
    ids = {each: add_supplier() for each in LEVELS}
    for each, supplier_id in ids.items():
        add_score(supplier_id, each)
    assert [row["supplier_id"] for row in exported(service, "health", risk_level=level)] == [
        ids[level]
    ]


def test_interventions_hold_what_was_created_up_to_the_end_of_the_day(
    add_supplier, add_intervention, service
):
    supplier = add_supplier()
    last = add_intervention(supplier, "2026-03-10T23:59:59.999999Z", status="sent")
    next_day = add_intervention(supplier, "2026-03-11T00:00:00Z")
    rows = exported(service, "interventions", as_of=dt.date(2026, 3, 10))
    assert [(row["intervention_id"], row["status"]) for row in rows] == [(last, "sent")]
    everything = exported(service, "interventions")
    assert {row["intervention_id"] for row in everything} == {last, next_day}


def test_milestones_hold_what_was_achieved_up_to_the_end_of_the_day(
    add_supplier, add_milestone, service
):
    supplier = add_supplier()
    add_milestone(supplier, "on the day", "2026-03-10T23:59:59.999999Z")
    add_milestone(supplier, "a day later", "2026-03-11T00:00:00Z")
    [row] = exported(service, "milestones", as_of=dt.date(2026, 3, 10))
    assert row["milestone_type"] == "on the day"
    assert row["achieved_at"] == "2026-03-10T23:59:59Z"
    assert row["celebrated"] == "false"
    assert len(exported(service, "milestones")) == 2


def test_risk_filters_the_others_by_the_suppliers_present_level(
    add_supplier, add_score, add_intervention, add_milestone, service
):
    for level in LEVELS:
        supplier = add_supplier(business_name=level)
        add_score(supplier, level)
        add_intervention(supplier)
        add_milestone(supplier)
    unscored = add_supplier(business_name="unscored")
    add_intervention(unscored)
    for dataset in ("interventions", "milestones"):
        [row] = exported(service, dataset, risk_level="critical")
        assert (row["business_name"], row["current_risk_level"]) == ("critical", "critical")
    levels = {row["current_risk_level"] for row in exported(service, "interventions")}
    assert levels == {*LEVELS, ""}


def test_no_export_holds_contact_data(
    add_supplier, add_score, add_intervention, add_milestone, service
):
    supplier = add_supplier(
        contact_name="Morgan Rowan", email="morgan@example.com", phone="+44 7700 900107"
    )
    add_score(supplier)
    add_milestone(supplier)
    add_intervention(
        supplier,
        subject="Hello Morgan Rowan",
        body="Your number: +44 7700 900107",
        last_error="550 morgan@example.com: no such mailbox",
    )
    for dataset in DATASETS:
        lines = list(export_lines(service, dataset))
        assert len(lines) == 2
        for contact in ("Morgan", "morgan@", "7700"):
            assert contact not in "".join(lines)


def test_a_name_that_is_a_formula_is_defused(add_supplier, add_score, service):
    add_score(add_supplier(business_name='=HYPERLINK("https://evil.example","x")'))
    [row] = exported(service, "health")
    assert row["business_name"] == '\'=HYPERLINK("https://evil.example","x")'


# ---- paging and memory ----


@pytest.fixture
def requests(service):
    """The requests that the service client sends to a view."""
    sent = []
    service.options.httpx_client.event_hooks["request"].append(lambda each: sent.append(each.url))
    return sent


def test_pages_are_read_one_by_one_until_an_empty_one(add_many, service, requests):
    add_many(2500)
    lines = export_lines(service, "health")
    assert next(lines).startswith("\ufeffsupplier_id,")
    assert len(requests) == 0
    next(lines)
    assert len(requests) == 1
    assert len(list(islice(lines, 999))) == 999
    assert len(requests) == 1
    rest = list(lines)
    assert len(rest) == 1500
    # The last tells that all have a score.
    assert len(requests) == 5


def test_a_page_larger_than_the_api_gives_loses_nothing(add_many, service):
    add_many(2500)
    rows = exported(service, "health", page_size=5000)
    assert len({row["supplier_id"] for row in rows}) == len(rows) == 2500


@pytest.mark.parametrize(("count", "page_size"), [(2500, 1000), (10, 3), (6, 3), (3, 1)])
def test_rows_of_one_supplier_are_paged_without_loss(add_supplier, sql, service, count, page_size):
    before, many, after = (
        add_supplier(id=f"{digit}0000000-0000-4000-8000-000000000000") for digit in "357"
    )
    for supplier, rows in ((before, 2), (many, count), (after, 2)):
        sql.execute(
            "insert into interventions (supplier_id, type, playbook, dedupe_key)"
            " select %s, 'email', 'p', g::text from generate_series(1, %s) g",
            [supplier, rows],
        )
    rows = exported(service, "interventions", page_size=page_size)
    keys = [(row["supplier_id"], row["intervention_id"]) for row in rows]
    assert len(keys) == count + 4
    assert keys == sorted(set(keys))


def test_memory_does_not_grow_with_the_rows(add_many, service):
    def peak():
        gc.collect()
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        count = 0
        for _ in export_lines(service, "health", page_size=200):
            count += 1
            if count % 200 == 0:
                gc.collect()  # the HTTP client leaves answers in reference cycles
        return count, tracemalloc.get_traced_memory()[1] - start

    add_many(1000)
    list(export_lines(service, "health"))  # imports and connections
    tracemalloc.start()
    try:
        few, little = peak()
        add_many(5000)
        many, more = peak()
    finally:
        tracemalloc.stop()
    assert (few, many) == (1001, 5001)
    assert more < 1.5 * little


# ---- who may ----


def test_an_analyst_gets_the_same_rows_and_a_stranger_only_the_header(
    add_supplier, add_score, add_intervention, add_milestone, add_person, settings, service
):
    supplier = add_supplier()
    add_score(supplier)
    add_intervention(supplier)
    add_milestone(supplier)
    analyst = connect(settings, add_person("ana@wedsync.example", "analyst")["access_token"])
    stranger = connect(settings, add_person("eve@wedsync.example")["access_token"])
    for dataset in DATASETS:
        everything = list(export_lines(service, dataset))
        assert len(everything) == 2
        assert list(export_lines(analyst, dataset)) == everything
        assert list(export_lines(stranger, dataset)) == everything[:1]


# ---- bad input ----


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"dataset": "suppliers"}, "choose health, interventions or milestones"),
        ({"dataset": "health", "risk_level": "bad"}, "choose healthy, at_risk or critical"),
        ({"dataset": "health", "as_of": dt.date(2999, 1, 1)}, "--as-of 2999-01-01 lies in the"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_read(service, how, message):
    with pytest.raises(UsageError, match=message):
        export_lines(service, **how)


def test_a_supabase_that_is_not_there_is_a_store_error():
    client = connect(
        Settings("http://127.0.0.1:9", "sb_publishable_x", "sb_secret_x", "http://localhost")
    )
    lines = export_lines(client, "health")
    next(lines)
    with pytest.raises(StoreError, match=r"Exporting health failed: Supabase does not answer"):
        next(lines)


# ---- the command ----


def test_the_command_writes_the_same_bytes(add_supplier, add_score, run, service, tmp_path):
    for level in LEVELS:
        add_score(add_supplier(business_name=f"Zoë, {level} 💐"), level)
    expected = "".join(export_lines(service, "health")).encode()
    to_stdout = run("export", "health", env=None)
    assert (to_stdout.returncode, to_stdout.stderr) == (0, b"")
    assert to_stdout.stdout == expected
    to_file = run("export", "health", "--out", "health.csv")
    assert (to_file.returncode, to_file.stdout, to_file.stderr) == (0, b"", b"")
    assert (tmp_path / "health.csv").read_bytes() == expected
    assert [path.name for path in tmp_path.iterdir()] == ["health.csv"]


def test_the_bytes_are_utf_8_in_any_locale(add_supplier, add_score, run, stack, service):
    add_score(add_supplier(business_name="Zoë 💐"))
    done = run("export", "health", env=stack.env | {"PYTHONIOENCODING": "latin-1"})
    assert done.stdout == "".join(export_lines(service, "health")).encode()


def test_the_command_takes_day_and_level(add_supplier, add_score, run):
    supplier = add_supplier()
    add_score(supplier, "critical", "2026-02-01", current=False)
    add_score(add_supplier(), "healthy", "2026-02-01", current=False)
    done = run("export", "health", "--as-of", "2026-02-01", "--risk", "critical")
    assert [row["supplier_id"] for row in parsed(done.stdout.decode())] == [supplier]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["health", "--as-of", "2026-02-01"], "No scores are stored for 2026-02-01"),
        (["health", "--risk", "critical"], "No scores at level critical are stored"),
        (["milestones", "--as-of", "2026-02-01"], "There are no milestones up to 2026-02-01"),
    ],
)
def test_an_empty_export_is_the_header_and_a_line_that_says_so(sql, run, arguments, message):
    done = run("export", *arguments)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    [line] = done.stderr.decode().splitlines()
    assert line.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["suppliers"], "'suppliers'"),
        (["health", "--risk", "bad"], "'bad'"),
        (["health", "--as-of", "22.11.2026"], "'22.11.2026' is not a date such as 2026-11-22"),
        (["health", "--as-of", "2999-01-01"], "--as-of 2999-01-01 lies in the future; today is "),
        (["health", "--out", "."], "is a directory"),
        (["health", "--out", "nowhere/health.csv"], "there is no directory"),
        ([], "dataset"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(run, tmp_path, arguments, message):
    done = run("export", *arguments)
    [line] = done.stderr.decode().splitlines()
    assert message in line
    assert (done.returncode, done.stdout) == (2, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_setting_is_named_with_exit_2(run, stack):
    done = run("export", "health", env=stack.env | {"SUPABASE_SECRET_KEY": ""})
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("Setting SUPABASE_SECRET_KEY is missing")
    assert done.returncode == 2


def test_a_failed_export_is_one_line_and_leaves_the_old_file(run, stack, tmp_path):
    out = tmp_path / "health.csv"
    out.write_text("yesterday's")
    env = stack.env | {"SUPABASE_URL": "http://127.0.0.1:9"}
    done = run("export", "health", "--out", str(out), env=env)
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("Exporting health failed: Supabase does not answer")
    assert done.returncode == 1
    assert out.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [out]


def test_a_link_stays_a_link_and_a_device_a_device(sql, run, tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    assert run("export", "health", "--out", "link.csv").returncode == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "target.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert run("export", "health", "--out", "/dev/stdout").stdout.startswith(b"\xef\xbb\xbf")


def test_a_reader_that_goes_away_ends_it_quietly(add_many, stack, tmp_path):
    add_many(3000)
    with subprocess.Popen(
        [sys.executable, "-m", "cs_core", "export", "health"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | stack.env,
    ) as process:
        assert process.stdout.readline().startswith(b"\xef\xbb\xbf")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 128 + signal.SIGPIPE


def test_help_names_every_option_and_needs_no_settings(run):
    text = run("export", "--help", env={}).stdout.decode()
    for word in ("--as-of", "--risk", "--out", "health", "interventions", "milestones"):
        assert word in text
