"""Errors of the HTTP API: one shape, always JSON."""

from collections.abc import Iterable, Mapping

from starlette.responses import JSONResponse

from cs_core.base.checks import Problem


class ApiProblem(Exception):
    """A request that cannot be answered as asked; see `api_error` for the parameters."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: dict[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.answer = api_error(status, code, message, details, headers)


class FieldsWrong(ApiProblem):
    """What was asked for breaks a rule; names each field and what to do."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        listed = [{"field": field, "problem": problem} for field, problem in problems]
        words = "; ".join(f"{one['field']} {one['problem']}" for one in listed)
        super().__init__(
            422, "invalid_fields", f"Nothing was done. {words}.", {"fields": list(listed)}
        )


def api_error(
    status: int,
    code: str,
    message: str,
    details: dict[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Answer with an error.

    Parameters
    ----------
    status : int
        HTTP status.
    code : str
        For programs; never changes.
    message : str
        For people.
    details : dict, optional
        Facts, such as the field that is wrong.
    headers : mapping, optional
        More of them.
    """
    body = {"error": {"code": code, "message": message, "details": details or {}}}
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})})
