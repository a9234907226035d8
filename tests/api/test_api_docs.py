"""What docs/api.md says: its commands are run as they stand, its tables compared."""

import json
import os
import re
import shutil
import subprocess
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from cs_app.api.endpoints import LIST_HEALTH, READING, REQUEST_INTERVENTION, WRITING
from cs_app.api.models import CallRequest, HealthQuery, TemplateRequest, WordsRequest
from cs_app.api.reading import BODY_SECONDS, MOST_BODY_BYTES
from tests.api.conftest import World
from tests.support.docs import section

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]


def commands(title: str) -> list[str]:
    """The shell blocks of a chapter."""
    return re.findall(r"^```sh\n(.*?)^```", section("docs/api.md", title), re.M | re.S)


@pytest.fixture
def run(world: World) -> Any:
    """A function that runs lines of the docs, its placeholders filled in."""

    def shell(*lines: str, supplier: str = "") -> str:
        text = "set -euo pipefail\n" + "\n".join(lines)
        for placeholder, value in {
            "service@example.com": world.email,
            "THE-PASSWORD": world.password,
            "THE-ID-OF-A-SUPPLIER": supplier,
            "2026-11-22T08:15:00Z": datetime.now(UTC).isoformat(),
            "0b9f8a52-6f0e-4a52-9d6b-2f4f3a1f7c11": str(uuid.uuid4()),
        }.items():
            text = text.replace(placeholder, value)
        done = subprocess.run(
            ["bash", "-c", text],
            env=os.environ | world.stack.env | {"CS_BASE_URL": world.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return shell


def test_the_commands_of_the_two_endpoints_work_one_after_the_other(run: Any, world: World) -> None:
    sign_in, list_health, contact, _ = commands("The HTTP API")
    page = json.loads(run(sign_in, list_health))
    ids = {one["id"] for one in page["suppliers"]}
    assert ids
    assert ids <= set(world.suppliers)
    assert {one["riskLevel"] for one in page["suppliers"]} == {"critical"}
    twice = run(sign_in, contact, "echo", contact, supplier=world.suppliers[-1])
    first, second = map(json.loads, twice.splitlines())
    assert first == second
    assert (first["success"], first["status"]) == (True, "planned")
    mailed = False
    deadline = time.monotonic() + 30
    with psycopg.connect(world.stack.env["SUPABASE_DB_URL"], autocommit=True) as sql:
        while not mailed and time.monotonic() < deadline:
            row = sql.execute(
                "select status = 'sent' from interventions where id = %s",
                (first["interventionId"],),
            ).fetchone()
            mailed = row is not None and row[0]
    assert mailed
    assert any(
        world.suppliers[-1] in mail.read_text(errors="replace")
        for mail in (world.stack.data_dir / "mail").glob("*.eml")
    )


def test_the_answers_it_shows_have_the_fields_that_are_given(run: Any) -> None:
    shown = re.findall(r"^```json\n(.*?)^```", section("docs/api.md", "The HTTP API"), re.M | re.S)
    page, contact = map(json.loads, shown)
    LIST_HEALTH.answer.model_validate_json(json.dumps(page))
    assert set(contact) == {"success", "interventionId", "status", "scheduledFor"}


def test_the_commands_for_monitoring_work(run: Any, world: World) -> None:
    lines = commands("The HTTP API")[3].splitlines()
    assert len(lines) == 3
    alive, ready, with_run = lines
    assert json.loads(run(alive)) == {"status": "ok"}
    assert json.loads(run(ready))["status"] == "ready"
    with psycopg.connect(world.stack.env["SUPABASE_DB_URL"], autocommit=True) as sql:
        sql.execute(
            "insert into runs (kind, as_of, score_date, fence, status, started_at, finished_at)"
            " values ('daily', now(), now(), 0, 'done', now(), now())"
        )
    deadline = time.monotonic() + 20  # the answer just given is used for a moment
    answer = json.loads(run(ready))
    while answer["lastRun"] is None and time.monotonic() < deadline:
        answer = json.loads(run(ready))
    assert json.loads(run(with_run))["lastRun"]["status"] == "done"


def test_the_products_back_end_sends_events_as_it_says(run: Any, world: World) -> None:
    (send,) = commands("Sending events")
    supplier = world.suppliers[0]
    assert run(send, supplier=supplier) == ""
    with psycopg.connect(world.stack.env["SUPABASE_DB_URL"]) as sql:
        stored = sql.execute(
            "select event_type, subject from activity_events where supplier_id = %s", (supplier,)
        ).fetchall()
    assert stored == [("feature_used", "calendar")]


def test_the_tables_name_all_there_is() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", section("docs/api.md", "The HTTP API"), re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)`|\b(\d{3})\b", row)}
    words = {word or number for word, number in named}
    models = (CallRequest, TemplateRequest, WordsRequest)
    fields = {field.alias for model in models for field in model.model_fields.values()}
    assert set(HealthQuery.model_fields) | fields <= words
    assert {str(status) for status in READING | WRITING} <= words
    assert words - set(HealthQuery.model_fields) - fields == {
        str(status) for status in (READING | WRITING | {405})
    }


def test_the_limits_it_tells_are_those_that_hold() -> None:
    text = section("docs/api.md", "The HTTP API")
    assert f"over {MOST_BODY_BYTES // 1024} KiB" in text
    assert f"over {BODY_SECONDS:.0f} seconds" in text
    assert REQUEST_INTERVENTION.path in text
    assert LIST_HEALTH.path in text
