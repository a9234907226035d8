"""/api/openapi.json says what is served: asked of a running server by schemathesis."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from cs_app.api.endpoints import ENDPOINTS
from cs_app.api.models import HealthQuery
from tests.api.conftest import World
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

EXAMPLES = 6


def test_every_request_schemathesis_thinks_of_is_answered_as_described(
    world: World, tmp_path: Path
) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{world.url}/api/openapi.json"),
            *("--header", f"Authorization: Bearer {world.token}"),
            *("--checks", "all", "--mode", "all", "--max-examples", str(EXAMPLES)),
            *("--phases", "coverage,fuzzing,stateful", "--generation-deterministic"),
        ],
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
            "SEEDED_SUPPLIER": world.suppliers[0],
            "COLUMNS": "120",
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Not passed by finding nothing to do: pages were followed, suppliers contacted.
    covered = re.search(r"API Links:\s+(\d+) covered / (\d+) selected", done.stdout)
    assert covered, done.stdout
    assert covered[1] == covered[2]
    with psycopg.connect(world.stack.env["SUPABASE_DB_URL"]) as sql:
        kinds = sql.execute("select distinct type from interventions order by 1").fetchall()
    assert kinds == [("call",), ("email",), ("in_app",)]
    assert "API fault" not in world.log.read_text()


@pytest.fixture(scope="module")
def description(world: World) -> dict[str, Any]:
    answer = httpx.get(f"{world.url}/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def test_it_describes_every_endpoint_and_no_other(description: dict[str, Any]) -> None:
    described = {
        (method.upper(), path)
        for path, methods in description["paths"].items()
        for method in methods
    }
    assert described == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def test_parameters_are_those_that_are_checked(description: dict[str, Any]) -> None:
    listed = description["paths"]["/api/customer-success/health"]["get"]["parameters"]
    assert [one["name"] for one in listed] == list(HealthQuery.model_fields)
    limit = next(one["schema"] for one in listed if one["name"] == "limit")
    assert limit == {"type": "integer", "minimum": 1, "maximum": 500}


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/(\w+)", str(description["paths"])))
    names |= set(re.findall(r"#/components/schemas/(\w+)", str(description["components"])))
    assert names == set(description["components"]["schemas"])
    assert "$defs" not in str(description)


def test_it_tells_nothing_of_the_project(description: dict[str, Any], world: World) -> None:
    for name in ("SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"):
        assert world.stack.env[name] not in str(description)
