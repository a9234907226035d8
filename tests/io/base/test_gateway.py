"""Passing faults before Supabase: tried again, or told in plain words, and nothing done twice."""

from collections.abc import Iterator

import psycopg
import pytest

from cs_core.base.errors import NoAnswer, StoreError
from cs_core.io.base.client import be_patient, call, connect_service
from cs_core.io.base.config import Settings, load_settings
from embedded.stack import Stack
from tests.support.gateway import FAULTS, Fault, Gateway, away_for, gateway
from tests.support.letters import letter, queue


@pytest.fixture
def before(stack: Stack) -> Iterator[Gateway]:
    with gateway(stack.env["SUPABASE_URL"]) as made:
        yield made


@pytest.fixture
def through(stack: Stack, before: Gateway) -> Settings:
    """The settings of whom the gateway stands before."""
    return load_settings(stack.env | {"SUPABASE_URL": before.url})


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_passes_is_tried_again_and_done_once(
    fault: Fault, before: Gateway, through: Settings, sql: psycopg.Connection[tuple[int]]
) -> None:
    before.faults = lambda number: fault if number == 1 else None
    (made,) = queue(connect_service(through), letter("a"))
    assert made
    assert before.seen == 2
    assert sql.execute("select count(*) from outbox").fetchone() == (1,)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(502, '{"message": "upstream"}'), "Supabase does not answer (HTTP 502)"),
        (Fault(521, "<html></html>"), "Supabase does not answer (HTTP 521)"),
        (Fault(0), "Supabase does not answer"),
    ],
)
def test_what_stays_is_told_in_plain_words(
    fault: Fault, words: str, before: Gateway, through: Settings
) -> None:
    before.faults = lambda number: fault
    with pytest.raises(NoAnswer) as caught:
        call(
            connect_service(through),
            "Reading",
            "definitions_in_force",
            {"p_kind": "rules"},
            tries=2,
        )
    assert str(caught.value).startswith(f"Reading failed: {words}")
    assert before.seen == 2


def test_what_must_not_be_repeated_is_asked_once(before: Gateway, through: Settings) -> None:
    before.faults = lambda number: Fault(503)
    with pytest.raises(StoreError):
        call(
            connect_service(through),
            "Reading",
            "definitions_in_force",
            {"p_kind": "rules"},
            tries=1,
        )
    assert before.seen == 1


@pytest.mark.parametrize("code", ["42501", "23505", "PGRST202", "XX000"])
def test_what_will_not_pass_is_not_tried_again(
    code: str, before: Gateway, through: Settings
) -> None:
    before.faults = lambda number: Fault(400, f'{{"code": "{code}", "message": "no"}}')
    with pytest.raises(StoreError):
        call(connect_service(through), "Reading", "definitions_in_force", {"p_kind": "rules"})
    assert before.seen == 1


def test_a_patient_process_waits_longer_than_all_tries_take(
    before: Gateway, through: Settings
) -> None:
    before.faults = away_for(4, Fault(503))
    be_patient(30)
    try:
        client = connect_service(through)
        assert call(client, "Reading", "definitions_in_force", {"p_kind": "rules"}, tries=2)
    finally:
        be_patient(0)
    assert before.seen > 2
