"""Answers of the API's endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from cs_app.api.models import Given


@dataclass(frozen=True)
class Reply:
    """What an endpoint answers. `headers`: more of them."""

    body: Given
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_response(self) -> Response:
        """Return it as JSON that no cache keeps."""
        text = self.body.model_dump_json(by_alias=True, exclude_none=self.body.leaves_out_none)
        return Response(
            text,
            self.status,
            {"Cache-Control": "no-store", **self.headers},
            media_type="application/json",
        )
