"""Errors of the HTTP API: one shape, always JSON."""

from starlette.requests import Request
from starlette.responses import JSONResponse


def api_error(
    status: int, code: str, message: str, details: dict[str, object] | None = None
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
    """
    body = {"error": {"code": code, "message": message, "details": details or {}}}
    return JSONResponse(body, status, {"Cache-Control": "no-store"})


def unknown_endpoint(request: Request) -> JSONResponse:
    """Answer for an address the API does not have; Streamlit would answer with its page."""
    facts: dict[str, object] = {"method": request.method, "path": request.url.path}
    return api_error(404, "not_found", "There is no such endpoint.", facts)
