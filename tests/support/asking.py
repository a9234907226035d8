"""A person who asks for interventions by hand, and several who do so at once."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from supabase import Client

from cs_core.io.outreach.requests import Requested, request_intervention
from cs_core.outreach.requests import ContactRequest


class Asking:
    """Asks as one admin, at one time; for a `check_in` mail if nothing else is said."""

    def __init__(self, client: Client, admin: str, now: dt.datetime) -> None:
        self._client = client
        self._admin = admin
        self._now = now

    def __call__(
        self, supplier: str, now: dt.datetime | None = None, client: Any = None, **how: Any
    ) -> Requested:
        given: dict[str, Any] = {"type": "email", "idempotency_key": str(uuid.uuid4())}
        if how.get("type") != "call" and "message" not in how:
            given["template"] = "check_in"
        request = ContactRequest(supplier_id=supplier, requested_by=self._admin, **given)
        return request_intervention(
            client or self._client, replace(request, **how), now or self._now
        )


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Do all at the same time and return what came of them; the first fault is raised."""
    answers: list[Any] = []
    faults: list[BaseException] = []
    ready = threading.Barrier(len(jobs))

    def work(job: Callable[[], Any]) -> None:
        ready.wait()
        try:
            answers.append(job())
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return answers


def count(sql: Any, table: str = "interventions") -> int:
    """Return how many rows a table has."""
    row = sql.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])
