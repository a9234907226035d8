"""The one way by which people ask for an intervention: screens, HTTP API and command line."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cs_core.base.errors import Conflict, CsError, NotFound, RoleNeeded, SupplierNotFound
from cs_core.io.base.client import ServiceClient, call, run_request
from cs_core.io.definitions.rules import fetch_rules
from cs_core.io.definitions.templates import fetch_templates, open_template
from cs_core.outreach.requests import ContactRequest, plan_request


class NotAnAdmin(CsError):
    message = "Only an admin may ask for an intervention."
    exit_code = 2


class KeyUsedBefore(CsError):
    message = "The idempotency key {key} was used for another request. Use a new one for this."
    exit_code = 2


@dataclass(frozen=True)
class Requested:
    """What became of a request.

    `status` is `planned`, or `suppressed` with `reason`; of a call that joined one that is open
    already (`open_call`), `scheduled_for` is when that one is due. Of a repeat, it is how the
    first stands now.
    """

    intervention_id: str
    status: str
    reason: str | None
    scheduled_for: dt.datetime | None
    open_call_id: str | None
    overridden: str | None
    last_error: str | None


def request_intervention(
    client: ServiceClient, request: ContactRequest, now: dt.datetime
) -> Requested:
    """Plan one intervention that a person asks for, through the same caps as the daily run.

    A message is written and sent by `cs_core.io.dispatch`, at once or when it is due.

    Parameters
    ----------
    request : ContactRequest
        The database checks that `requested_by` is an admin.

    Returns
    -------
    Requested
        The same for the same idempotency key, however often it is asked.

    Raises
    ------
    RequestError
        If a field is wrong; names each.
    UnknownTemplate, TemplateError
        If the template does not exist, or breaks a rule.
    SupplierNotFound, NotAnAdmin, KeyUsedBefore
    """
    rules = fetch_rules(client)
    planned = plan_request(request, _fetch_zone(client, request.supplier_id), rules, now)
    if request.template is not None:
        open_template(fetch_templates(client), request.template, audience="supplier")
    try:
        answer: dict[str, Any] = call(
            client,
            "Asking for an intervention",
            "request_intervention",
            {
                "p_now": now.isoformat(),
                "p_request": planned,
                "p_cap": rules.cap,
            },
        )
    except NotFound as error:
        raise SupplierNotFound(supplier_id=request.supplier_id) from error
    except RoleNeeded as error:
        raise NotAnAdmin() from error
    except Conflict as error:
        raise KeyUsedBefore(key=request.idempotency_key) from error
    at = answer["scheduled_for"]
    return Requested(**answer | {"scheduled_for": dt.datetime.fromisoformat(at) if at else None})


def _fetch_zone(client: ServiceClient, supplier_id: str) -> str:
    """Return a supplier's time zone; of one there is none of, the database says so later."""
    try:
        query = client.table("suppliers").select("timezone").eq("id", supplier_id).limit(1)
        rows: list[Any] = list(run_request("Looking up the supplier", query.execute).data)
    except CsError:
        return "UTC"
    return rows[0]["timezone"] if rows else "UTC"
