"""Answers of the API's endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.responses import Response


@dataclass(frozen=True)
class Reply:
    """What an endpoint answers.

    Parameters
    ----------
    body : BaseModel
    status : int
    headers : mapping
        More of them.
    """

    body: BaseModel
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_response(self, leave_out_none: bool = False) -> Response:
        """Return it as JSON that no cache keeps."""
        text = self.body.model_dump_json(by_alias=True, exclude_none=leave_out_none)
        return Response(
            text,
            self.status,
            {"Cache-Control": "no-store", **self.headers},
            media_type="application/json",
        )
