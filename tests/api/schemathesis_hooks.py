"""What no schema can say, said to schemathesis: which cursors, templates and suppliers there are.

Made-up values of the right shape are replaced, so that what is left of a valid request must be
accepted; malformed ones stay as they are.
"""

import os
import re
from typing import Any

import schemathesis
from pydantic import ValidationError

from cs_app.api.models import UUID_PATTERN, HealthQuery
from cs_app.api.suppliers import FILTERS
from cs_core.base.checks import NAME_PATTERN

# Ours are longer.
SHORT_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,60}")


def is_valid(query: dict[str, Any]) -> bool:
    try:
        HealthQuery.model_validate({name: str(value) for name, value in query.items()})
    except ValidationError:
        return False
    return True


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    query = case.query or {}
    cursor = str(query.get("cursor", ""))
    if SHORT_CURSOR.fullmatch(cursor):
        del query["cursor"]
    elif cursor and is_valid(query):
        # A true one, of a list without filters.
        for name in FILTERS:
            query.pop(name, None)
    # Such a probe asks for what no fresh database has.
    if case.path == "/readyz" and str(query.get("max_run_age_hours", "")).isdigit():
        del query["max_run_age_hours"]
    body = case.body
    if isinstance(body, dict):
        template, supplier = body.get("template"), body.get("supplierId")
        if isinstance(template, str) and re.fullmatch(NAME_PATTERN, template):
            body["template"] = "check_in"
        if isinstance(supplier, str) and re.fullmatch(UUID_PATTERN, supplier):
            body["supplierId"] = os.environ["SEEDED_SUPPLIER"]
