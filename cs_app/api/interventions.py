"""POST /api/customer-success/interventions: contact a supplier, under the same caps as people."""

import hashlib
import json
import logging
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from cs_app.api.delivery import delivery
from cs_app.api.entry import ApiPerson
from cs_app.api.errors import ApiProblem, FieldsWrong
from cs_app.api.models import (
    CallRequest,
    InterventionAnswer,
    TemplateRequest,
    WordsRequest,
    WriteHeaders,
)
from cs_app.api.replies import Reply
from cs_app.server import clients
from cs_core.base.errors import CsError, StoreError, SupplierNotFound, TemplateError
from cs_core.io.definitions.templates import UnknownTemplate
from cs_core.io.operations.api import claim_key, keep_answer, release_key
from cs_core.io.outreach.requests import KeyUsedBefore, NotAnAdmin, Requested, request_intervention
from cs_core.outreach.requests import ContactRequest, RequestError

Body = CallRequest | TemplateRequest | WordsRequest

log = logging.getLogger(__name__)


def request_contact(person: ApiPerson, body: Body, headers: WriteHeaders) -> Reply:
    """Plan a contact; the same idempotency key gives the first answer again."""
    key = headers.idempotency_key
    if key is None:
        return _reply(_plan(person, body, str(uuid.uuid4())), body)
    service = clients.service_client()
    claim = claim_key(service, person.id, key, _fingerprint(body))
    if not claim.is_same:
        raise _key_used()
    if claim.answer is not None:
        return Reply(InterventionAnswer.model_validate(claim.answer), 201)
    try:
        answer = _plan(person, body, _key_of(person, key))
    except ApiProblem:
        release_key(service, person.id, key)
        raise
    kept = keep_answer(service, person.id, key, answer.model_dump(mode="json", by_alias=True))
    return _reply(InterventionAnswer.model_validate(kept), body)


def _plan(person: ApiPerson, body: Body, key: str) -> InterventionAnswer:
    try:
        done = request_intervention(
            clients.service_client(), _request_of(person, body, key), datetime.now(UTC)
        )
    except StoreError:
        raise  # told apart from a refusal: it may have been saved
    except CsError as error:
        raise _refusal(error) from error
    return _answer(done)


def _request_of(person: ApiPerson, body: Body, key: str) -> ContactRequest:
    request = ContactRequest(
        supplier_id=body.supplier_id, type=body.type, requested_by=person.id, idempotency_key=key
    )
    if isinstance(body, CallRequest):
        return replace(request, call_type=body.call_type, note=body.message)
    if isinstance(body, TemplateRequest):
        return replace(request, template=body.template)
    return replace(request, subject=body.subject, message=body.message)


def _answer(done: Requested) -> InterventionAnswer:
    is_held_back = done.status == "suppressed"
    return InterventionAnswer(
        # A reason was added to the call that is open: it will be made.
        success=not is_held_back or done.reason == "open_call",
        intervention_id=done.intervention_id,
        status="suppressed" if is_held_back else "planned",
        reason=done.reason if is_held_back else None,
        scheduled_for=done.scheduled_for,
    )


def _reply(answer: InterventionAnswer, body: Body) -> Reply:
    if answer.status == "planned" and body.type != "call":
        delivery.ask()
    return Reply(answer, 201)


def _refusal(error: CsError) -> ApiProblem:
    if isinstance(error, SupplierNotFound):
        text = "Nothing was done: there is no supplier with this id."
        return ApiProblem(404, "supplier_not_found", text, _field("supplierId", "is nobody's id"))
    if isinstance(error, NotAnAdmin):
        text = "Nothing was done: only admins contact suppliers."
        return ApiProblem(403, "admins_only", text)
    if isinstance(error, KeyUsedBefore):
        return _key_used()
    if isinstance(error, UnknownTemplate):
        known = getattr(error, "known", "")
        return FieldsWrong([("template", f"is no template for suppliers; known are: {known}")])
    if isinstance(error, TemplateError):
        return FieldsWrong([("template", f"cannot be used until it is mended. {error}")])
    if isinstance(error, RequestError):
        names = {"supplier_id": "supplierId", "call_type": "callType", "note": "message"}
        return FieldsWrong((names.get(name, name), what) for name, what in error.problems)
    # What is left is not the sender's to mend: no outreach rules, no working day.
    log.error("Asking for an intervention: %s", error)
    return ApiProblem(503, "not_set_up", f"Nothing was done. {error}")


def _key_used() -> ApiProblem:
    text = "Nothing was done: this idempotency key was used for another request. Use a new one."
    return ApiProblem(409, "key_used_before", text, _field("Idempotency-Key", "was used before"))


def _field(field: str, problem: str) -> dict[str, object]:
    return {"fields": [{"field": field, "problem": problem}]}


def _fingerprint(body: Body) -> str:
    asked = json.dumps(body.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _key_of(person: ApiPerson, key: str) -> str:
    """Give the key under which it is stored: nobody's keys meet another's."""
    return "api/" + hashlib.sha256(f"{person.id} {key}".encode()).hexdigest()
