"""Reading the small forms that the server's own pages send."""

from urllib.parse import parse_qs

from starlette.requests import Request

LARGEST_FORM_BYTES = 8_192


async def read_form(request: Request) -> dict[str, str] | None:
    """Read a small form; None if it is larger than any form of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM_BYTES:
            return None
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
