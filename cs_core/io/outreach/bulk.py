"""One message or call for many suppliers at once: look first, then do it."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cs_core.base.errors import RoleNeeded, UsageError
from cs_core.io.base.client import PersonClient, ServiceClient, call
from cs_core.io.base.reads import run_queries
from cs_core.io.base.rows import to_record
from cs_core.io.definitions.rules import fetch_rules
from cs_core.io.definitions.templates import fetch_templates, open_template
from cs_core.io.outreach.requests import NotAnAdmin
from cs_core.io.suppliers.find import MOST_COUNTED, supplier_count_query, supplier_ids_query
from cs_core.outreach.quiet_hours import leaves_at
from cs_core.outreach.requests import ContactRequest, plan_request
from cs_core.outreach.rules import OutreachRules
from cs_core.suppliers.filter import SupplierFilter

MOST_AT_ONCE = 1000
CHUNK = 50
SHOWN = 50
# A message can be taken back for so long; what is sent cannot.
UNDO_SECONDS = 60


@dataclass(frozen=True)
class BulkSupplier:
    """One of the suppliers concerned."""

    supplier_id: str
    business_name: str


@dataclass(frozen=True)
class BulkPreview:
    """What a bulk would do now.

    `will_contact` counts who gets it, `suppressed` who does not, by reason (opt_out,
    no_address, frequency_cap, open_call, gone). `first` and `first_suppressed` name up to 50 of
    each. `supplier_ids` are all of them, for `run_bulk`; `left_out` counts those that match
    beyond the 1000 that one bulk takes at most.
    """

    will_contact: int
    suppressed: dict[str, int]
    first: list[BulkSupplier]
    first_suppressed: dict[str, list[BulkSupplier]]
    supplier_ids: tuple[str, ...] = field(repr=False)
    left_out: int = 0


@dataclass(frozen=True)
class BulkResult:
    """What a bulk did; `send_at`: when it is due, and until when it can be undone.

    Where it is night for a supplier then, its message waits: `waiting` counts these.
    """

    bulk_id: str
    planned: int
    suppressed: dict[str, int]
    send_at: dt.datetime
    waiting: int = 0


def preview_bulk(
    client: PersonClient,
    suppliers: SupplierFilter | Sequence[str],
    type: str,
    now: dt.datetime,
    *,
    overrides_cap: bool = False,
    already: Collection[str] = (),
) -> BulkPreview:
    """Say who would be contacted and who would not, and why. Nothing is written.

    Parameters
    ----------
    suppliers : SupplierFilter or sequence of str
        Who is meant; of a filter the first 1000, worst score first.
    type : {'email', 'call', 'in_app'}
    overrides_cap : bool
        As in `run_bulk`.
    already : collection of str
        Who of the filter was in a bulk before this one, and is passed over.

    Raises
    ------
    UsageError
        If more than 1000 ids are given.
    """
    ids, left_out = choose_suppliers(client, suppliers, already)
    rules = fetch_rules(client)
    arguments = {
        "p_suppliers": ids,
        "p_type": type,
        "p_now": now.isoformat(),
        "p_at": (now + dt.timedelta(seconds=UNDO_SECONDS)).isoformat(),
        "p_cap": rules.cap,
        "p_overrides_cap": overrides_cap,
    }
    found = call(client, "Looking who would be contacted", "preview_bulk", arguments)

    def named(rows: list[Any]) -> list[BulkSupplier]:
        return [to_record(BulkSupplier, row) for row in rows]

    return BulkPreview(
        will_contact=found["will_contact"],
        suppressed=found["suppressed"],
        first=named(found["first"]),
        first_suppressed={why: named(rows) for why, rows in found["first_suppressed"].items()},
        supplier_ids=tuple(ids),
        left_out=left_out,
    )


def run_bulk(
    service: ServiceClient,
    supplier_ids: Sequence[str],
    request: ContactRequest,
    bulk_id: str,
    now: dt.datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> BulkResult:
    """Plan the same message or call for many suppliers, through the caps for each of them.

    Messages are due a minute from `now` unless `request.requested_for` says when, so that the
    whole can be undone; send them with `cs_core.io.dispatch` after that. Quiet hours are each
    supplier's own, unless the request overrides them.

    Parameters
    ----------
    supplier_ids : sequence of str
        At most 1000: `BulkPreview.supplier_ids`.
    request : ContactRequest
        What each of them gets. Its `supplier_id` and `idempotency_key` are put in here; the
        database checks that `requested_by` is an admin.
    bulk_id : str
        A UUID chosen by the caller. The same again contacts nobody twice, so a bulk that was
        cut off is completed by running it again.
    progress : callable
        Called with how many suppliers of a chunk are done.

    Raises
    ------
    UsageError
        If there are more than 1000.
    RequestError, UnknownTemplate, TemplateError
        If the request is wrong; nothing is planned then.
    NotAnAdmin
    StoreError
        If Supabase stopped answering; what was planned stays, and `fetch_bulk` says what.
    """
    if len(supplier_ids) > MOST_AT_ONCE:
        raise UsageError(problem=f"At most {MOST_AT_ONCE:,} suppliers can be contacted at once.")
    rules = fetch_rules(service)
    if request.template is not None:
        templates = fetch_templates(service)
        open_template(templates, request.template, audience="supplier")
    send_at = request.requested_for or now + dt.timedelta(seconds=UNDO_SECONDS)
    planned, suppressed, waiting = 0, Counter[str](), 0
    for chunk in _in_chunks(sorted(set(supplier_ids))):
        requests = _requests(service, chunk, request, bulk_id, send_at, rules, now)
        reasons = _plan(service, requests, rules, now)
        planned += sum(reason is None for reason in reasons)
        waiting += sum(
            reason is None and request.type != "call" and _instant(one) > send_at
            for one, reason in zip(requests, reasons, strict=True)
        )
        suppressed.update(reason for reason in reasons if reason is not None)
        progress(len(chunk))
    return BulkResult(bulk_id, planned, dict(suppressed), send_at, waiting)


def _requests(
    service: ServiceClient,
    supplier_ids: list[str],
    request: ContactRequest,
    bulk_id: str,
    send_at: dt.datetime,
    rules: OutreachRules,
    now: dt.datetime,
) -> list[dict[str, Any]]:
    """Write down what each supplier is to get, and when on its own clock."""
    zones = call(service, "Reading time zones", "time_zones_of", {"p_suppliers": supplier_ids})
    requests = []
    for one in supplier_ids:
        theirs = replace(request, supplier_id=one, idempotency_key=f"bulk/{bulk_id}/{one}")
        zone = zones.get(one, "UTC")
        planned = plan_request(theirs, zone, rules, now) | {"bulk_id": bulk_id}
        if request.type != "call":
            planned["scheduled_for"] = _leaves(request, send_at, zone, rules).isoformat()
        requests.append(planned)
    return requests


def _plan(
    service: ServiceClient, requests: list[dict[str, Any]], rules: OutreachRules, now: dt.datetime
) -> list[str | None]:
    """Store requests; say of each why it was held back, None where it is planned."""
    arguments = {"p_now": now.isoformat(), "p_requests": requests, "p_cap": rules.cap}
    try:
        return list(call(service, "Planning contacts", "request_bulk", arguments))
    except RoleNeeded as error:
        raise NotAnAdmin() from error


def count_quiet(service: ServiceClient, supplier_ids: Sequence[str], now: dt.datetime) -> int:
    """Count the suppliers for whom it would be night when a bulk's messages are due."""
    rules = fetch_rules(service)
    if rules.quiet_hours is None:
        return 0
    at, found = now + dt.timedelta(seconds=UNDO_SECONDS), 0
    for chunk in _in_chunks(list(supplier_ids)):
        zones = call(service, "Reading time zones", "time_zones_of", {"p_suppliers": chunk})
        found += sum(leaves_at(at, zone, rules.quiet_hours) > at for zone in zones.values())
    return found


def _instant(planned: dict[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(planned["scheduled_for"])


def _leaves(
    request: ContactRequest, send_at: dt.datetime, zone: str, rules: OutreachRules
) -> dt.datetime:
    """Say when one supplier's message leaves."""
    is_chosen = request.requested_for is not None or request.overrides_quiet_hours
    return leaves_at(send_at, zone, None if is_chosen else rules.quiet_hours)


def choose_suppliers(
    client: PersonClient, suppliers: SupplierFilter | Sequence[str], already: Collection[str] = ()
) -> tuple[list[str], int]:
    """Return the ids of those who are meant, and how many more there are; see `preview_bulk`."""
    if isinstance(suppliers, SupplierFilter):
        before = frozenset(already)
        # The order changes meanwhile, so they are passed over by name and not by their place.
        queries = (
            supplier_ids_query(suppliers, MOST_AT_ONCE + len(before)),
            supplier_count_query(suppliers),
        )
        found, matching = run_queries(client, "Choosing suppliers", *queries).found
        ids = [one for one in found if one not in before]
        passed = len(found) - len(ids)
        chosen = ids[:MOST_AT_ONCE]
        return chosen, max(0, min(matching, MOST_COUNTED) - passed - len(chosen))
    ids = list(dict.fromkeys(suppliers))
    if len(ids) > MOST_AT_ONCE:
        raise UsageError(problem=f"At most {MOST_AT_ONCE:,} suppliers can be contacted at once.")
    return ids, 0


def _in_chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
