"""Reading requests: parameters, headers and bodies, each checked by its model."""

import asyncio
import reprlib
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect, Request

from cs_app.api.errors import ApiProblem, FieldsWrong
from cs_app.api.models import UUID_PATTERN, VISIBLE, WITHOUT_NUL
from cs_core.base.checks import NAME_PATTERN, NAME_RULE, Problem, suggest

Model = TypeVar("Model", bound=BaseModel)

# The longest message, each of its characters escaped as a pair of surrogates.
MOST_BODY_BYTES = 256 * 1024
BODY_SECONDS = 20.0
MOST_PROBLEMS = 20  # told at once

TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "model_attributes_type": "an object",
    "model_type": "an object",
}
# Where several models are meant, one alone knows half of what would do.
HINTS = {
    ("type", "literal_error"): "must be call, email or in_app",
    ("type", "missing"): "is missing; it must be call, email or in_app",
    ("message", "missing"): "is missing; give a message, or the name of a template",
}
PATTERNS = {
    UUID_PATTERN: "must be an id; it is a UUID",
    VISIBLE: "is empty; write something",
    WITHOUT_NUL: "holds a NUL character; take it out",
    f"^{NAME_PATTERN}$": f"must {NAME_RULE}",
    r"^[!-~]{1,255}$": "must be 1 to 255 visible ASCII characters, without spaces",
    r"^[A-Za-z0-9_-]{1,4000}$": "is no cursor; take nextCursor of the page before as it is",
}


def read_query(request: Request, model: type[Model]) -> Model:
    """Check the parameters of the address."""
    return _read_texts(model, request.query_params.multi_items(), "in the address")


def read_headers(request: Request, model: type[Model]) -> Model:
    """Check the headers that the model names; the others are none of its business."""
    named = {field.alias or name for name, field in model.model_fields.items()}
    given = [(name, value) for name in named for value in request.headers.getlist(name)]
    return _read_texts(model, given, "among the headers")


async def read_body(request: Request, adapter: TypeAdapter[Any]) -> Any:
    """Read and check a body of JSON.

    Raises
    ------
    ApiProblem
        408, 413, 415 where it cannot be read, 400 where it is no JSON, 422 naming its fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        text = "The body must be JSON: send the header Content-Type: application/json."
        raise ApiProblem(415, "not_json", text, {"contentType": kind[:100]})
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        text = "The body must not be compressed: leave the header Content-Encoding out."
        raise ApiProblem(415, "compressed", text)
    raw = await _read_bytes(request)
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=True)
        if errors[0]["type"] == "json_invalid":
            # Where, in the parser's words, which quote nothing of it.
            where = errors[0].get("ctx", {}).get("error", "")
            text = "Nothing was done. The body is not JSON in UTF-8; send one JSON object."
            raise ApiProblem(400, "malformed_json", text, {"parser": str(where)}) from None
        raise FieldsWrong(_problems(errors, _fields_of(adapter))) from None


async def _read_bytes(request: Request) -> bytes:
    too_large = ApiProblem(
        413,
        "too_large",
        f"Nothing was done. The body is larger than {MOST_BODY_BYTES:,} bytes; send a shorter one.",
        {"mostBytes": MOST_BODY_BYTES},
        # What is still on its way would be taken for the next request.
        {"Connection": "close"},
    )
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and (len(announced) > 12 or int(announced) > MOST_BODY_BYTES):
        raise too_large
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > MOST_BODY_BYTES:
                    raise too_large
    except TimeoutError:
        text = f"Nothing was done. The body did not arrive within {BODY_SECONDS:.0f} seconds."
        raise ApiProblem(408, "too_slow", text, None, {"Connection": "close"}) from None
    except ClientDisconnect:
        raise ApiProblem(400, "broken_off", "Nothing was done. The body broke off.") from None
    return bytes(raw)


def _fields_of(adapter: TypeAdapter[Any]) -> list[str]:
    """Name all fields that a body may have, whichever of several models it is."""
    schema = adapter.json_schema()
    models = [schema, *schema.get("$defs", {}).values()]
    return list(dict.fromkeys(name for model in models for name in model.get("properties", {})))


def _read_texts(model: type[Model], given: Iterable[tuple[str, str]], where: str) -> Model:
    given = list(given)
    known = [field.alias or name for name, field in model.model_fields.items()]
    twice = [name for name, times in Counter(name for name, _ in given).items() if times > 1]
    if twice:
        words = "is given more than once; give it once"
        raise FieldsWrong((name[:100], words) for name in twice[:MOST_PROBLEMS])
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=True)
        raise FieldsWrong(_problems(errors, known, where)) from None


def _problems(
    errors: list[ErrorDetails], known: Iterable[str], where: str = "here"
) -> Iterable[Problem]:
    for error in errors[:MOST_PROBLEMS]:
        path = [str(part)[:100] for part in error["loc"] if not _is_name_of_a_model(part)]
        field = ".".join(path) or "body"
        yield field, HINTS.get((field, error["type"])) or _in_our_words(error, known, where)


def _is_name_of_a_model(part: int | str) -> bool:
    return isinstance(part, str) and part.endswith("Request")


def _in_our_words(error: ErrorDetails, known: Iterable[str], where: str) -> str:
    """Say what a field must be. Of texts, which may be anybody's, only the length is told."""
    kind, facts, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        return f"is not known {where}; {suggest(str(error['loc'][-1]), known, 'leave it out')}"
    if kind == "none_required":
        return "does not go with the rest; leave it out"
    if kind in ("literal_error", "enum"):
        return f"must be {facts['expected']}"
    if kind == "string_pattern_mismatch":
        return PATTERNS[facts["pattern"]]
    if kind == "string_too_long":
        return f"has {len(value):,} characters; shorten it to {facts['max_length']:,} at most"
    if kind == "string_too_short":
        return "is empty; give a value or leave it out"
    if kind in ("greater_than_equal", "less_than_equal"):
        words = {"ge": "at least", "le": "at most"}
        limits = ", ".join(f"{words[key]} {limit}" for key, limit in facts.items() if key in words)
        return f"must be {limits}, not {reprlib.repr(value)}"
    if kind in TYPES or kind == "union_tag_not_found":
        return f"must be {TYPES.get(kind, 'a JSON object')}"
    return f"is wrong: {error['msg']}"
