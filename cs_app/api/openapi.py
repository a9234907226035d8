"""The description of the API, made from what serves it."""

from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from starlette.responses import JSONResponse

from cs_app.api.endpoints import ENDPOINTS, Endpoint
from cs_app.api.models import ErrorAnswer

PATH = "/api/openapi.json"
REF = "#/components/schemas/{model}"
MEANINGS = {
    200: "Done.",
    201: "Recorded; `success` says whether the supplier is contacted.",
    400: "The request cannot be read.",
    401: "There is no access token, or it does not count.",
    403: "This account may not do that.",
    404: "There is no such supplier.",
    408: "The body did not arrive in time.",
    409: "The idempotency key was used for another request.",
    413: "The body is too large.",
    415: "The body is not declared as uncompressed JSON.",
    422: "A field breaks a rule; `details.fields` names each.",
    429: "Too often; wait as long as Retry-After says.",
    500: "A fault of this program; the answer has a number to quote.",
    503: "The database does not answer. A write may have happened: repeat it with the same key.",
}
TEXT = {"type": "string"}
HEADERS = {
    401: {"WWW-Authenticate": {"schema": TEXT, "required": True}},
    429: {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True}},
}


def show_description(_request: object) -> JSONResponse:
    """GET /api/openapi.json."""
    return JSONResponse(describe(), headers={"Cache-Control": "no-store"})


@cache
def describe() -> dict[str, Any]:
    """Return the OpenAPI document."""
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "WedSync customer success",
            "version": "1",
            "description": "Health scores of suppliers, and contacts with them. Errors have one"
            " shape. Activity events are not sent here but to Supabase: see docs/api.md.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "person": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of a person, from Supabase Auth.",
                }
            },
        },
    }


def _schemas() -> dict[str, Any]:
    """Give the schemas of all models, those in a union by themselves."""
    given = [(model, "serialization") for model in (*(e.answer for e in ENDPOINTS), ErrorAnswer)]
    _, found = models_json_schema(given, ref_template=REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = dict(found["$defs"])
    for endpoint in ENDPOINTS:
        if endpoint.body is not None:
            schemas |= _body_schema(endpoint).get("$defs", {})
    return schemas


def _body_schema(endpoint: Endpoint) -> dict[str, Any]:
    return TypeAdapter(endpoint.body).json_schema(ref_template=REF)


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "security": [{"person": []}] if endpoint.needs_person else [],
        "parameters": [
            *_parameters("query", endpoint.query),
            *_parameters("header", endpoint.headers),
        ],
        "responses": {
            str(endpoint.status): _done(endpoint),
            **{str(status): _error(status) for status in sorted(endpoint.errors)},
        },
    }
    if endpoint.body is not None:
        schema = {key: value for key, value in _body_schema(endpoint).items() if key != "$defs"}
        operation["requestBody"] = {"required": True, "content": _json(schema)}
    return operation


def _done(endpoint: Endpoint) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": MEANINGS[endpoint.status],
        "content": _json({"$ref": REF.format(model=endpoint.answer.__name__)}),
    }
    if endpoint.links:
        answer["links"] = dict(endpoint.links)
    return answer


def _error(status: int) -> dict[str, Any]:
    answer = {
        "description": MEANINGS[status],
        "content": _json({"$ref": REF.format(model=ErrorAnswer.__name__)}),
    }
    return answer | ({"headers": HEADERS[status]} if status in HEADERS else {})


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _parameters(place: str, model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(schema_generator=GenerateJsonSchema)
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "in": place,
            "required": name in required,
            "description": one.pop("description", ""),
            "schema": _without_null(one),
        }
        for name, one in ((name, dict(part)) for name, part in schema["properties"].items())
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop null and the title: a parameter is there or it is not."""
    schema = {key: value for key, value in schema.items() if key not in ("title", "default")}
    parts = [part for part in schema.pop("anyOf", ()) if part != {"type": "null"}]
    return schema | (parts[0] if parts else {})
