"""The endpoints, each defined once: served from here, and described from here in openapi.json."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from cs_app.api.interventions import request_contact
from cs_app.api.models import (
    Health,
    HealthPage,
    HealthQuery,
    InterventionAnswer,
    InterventionRequest,
    Readiness,
    ReadinessQuery,
    WriteHeaders,
)
from cs_app.api.probes import show_health, show_readiness
from cs_app.api.suppliers import PATH as HEALTH_PATH
from cs_app.api.suppliers import list_health

READING = frozenset({401, 403, 422, 429, 500, 503})
WRITING = READING | {400, 404, 408, 409, 413, 415}


@dataclass(frozen=True)
class Endpoint:
    """One method of one address.

    Parameters
    ----------
    name : str
        For those who make clients from the description.
    handler : callable
        Takes the person (where `needs_person`), then the query, the body and the headers that
        have a model, in this order; gives a `Reply`.
    answer : type
        What a `Reply` of it holds.
    status : int
        Of that.
    query, headers : type, optional
        Models of what is read from the request.
    body : type, optional
        A model, or a union of them.
    needs_person : bool
        False: no token is asked for.
    is_instant : bool
        Whether it asks nobody, and so needs no thread to wait in.
    links : tuple
        Where the answer leads, as OpenAPI writes it.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[..., Any]
    answer: type[BaseModel]
    errors: frozenset[int]
    status: int = 200
    query: type[BaseModel] | None = None
    body: Any = None
    headers: type[BaseModel] | None = None
    needs_person: bool = True
    is_instant: bool = False
    links: tuple[tuple[str, dict[str, Any]], ...] = ()

    @property
    def is_write(self) -> bool:
        """Whether only admins may, and more rarely."""
        return self.method == "POST"


LIST_HEALTH = Endpoint(
    method="GET",
    path=HEALTH_PATH,
    name="listHealth",
    summary="Active suppliers with their health scores, in order of their ids",
    handler=list_health,
    answer=HealthPage,
    errors=READING,
    query=HealthQuery,
    links=(
        (
            "next",
            {
                "operationId": "listHealth",
                "parameters": {"query.cursor": "$response.body#/nextCursor"},
                "description": "The next page.",
            },
        ),
        (
            "contact",
            {
                "operationId": "requestIntervention",
                "requestBody": {"supplierId": "$response.body#/suppliers/0/id", "type": "call"},
                "description": "Have somebody call the supplier.",
            },
        ),
    ),
)
REQUEST_INTERVENTION = Endpoint(
    method="POST",
    path="/api/customer-success/interventions",
    name="requestIntervention",
    summary="Contact a supplier, through the same caps as everybody; admins only",
    handler=request_contact,
    answer=InterventionAnswer,
    status=201,
    errors=WRITING,
    body=InterventionRequest,
    headers=WriteHeaders,
)
PROBES = (
    Endpoint(
        method="GET",
        path="/healthz",
        name="showHealth",
        summary="The process is alive; nothing else is looked at",
        handler=show_health,
        answer=Health,
        errors=frozenset({500}),
        needs_person=False,
        is_instant=True,
    ),
    Endpoint(
        method="GET",
        path="/readyz",
        name="showReadiness",
        summary="Supabase answers; how old the newest daily run is",
        handler=show_readiness,
        answer=Readiness,
        errors=frozenset({422, 500, 503}),
        query=ReadinessQuery,
        needs_person=False,
    ),
)
ENDPOINTS = (LIST_HEALTH, REQUEST_INTERVENTION, *PROBES)
