"""Small pages the server writes itself: sign-in, sign-out and what went wrong.

They need no JavaScript and load nothing. The colours are those of .streamlit/config.toml.
"""

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cs_app.server.html import render
from cs_app.server.links import safe_next

PRODUCT = "WedSync Customer Success"
# What a field about which there is a problem says.
WRONG = Markup(' aria-invalid="true" aria-describedby="problem"')


def page(
    file: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    product: str = PRODUCT,
    problem: str | None = None,
    **values: object,
) -> HTMLResponse:
    """Write a whole page.

    Parameters
    ----------
    file : str
        It extends server/page.html.
    status : int
        Of the HTTP answer.
    headers : dict, optional
        More of them.
    product : str
        What stands above the title: suppliers know the product by another name.
    problem : str, optional
        What was wrong with the last try.
    **values
        What the file asks for.
    """
    wrong = WRONG if problem else ""
    document = render(file, product=product, problem=problem, wrong=wrong, **values)
    return HTMLResponse(document, status, {"Cache-Control": "no-store"} | (headers or {}))


def notice(
    title: str,
    text: str,
    status: int,
    link: tuple[str, str] | None = None,
    headers: dict[str, str] | None = None,
    product: str = PRODUCT,
) -> HTMLResponse:
    """Write a page that says one thing and, with a link (words, address), offers one way on."""
    file = "server/page.html"
    return page(file, status, headers, product=product, title=title, text=text, link=link)


def sign_in_page(
    next_page: str,
    email: str = "",
    problem: str | None = None,
    status: int = 200,
    note: str | None = None,
) -> HTMLResponse:
    """Write the sign-in form, after a failed attempt with what was wrong, or with good news."""
    file = "server/sign_in.html"
    return page(file, status, problem=problem, note=note, next_page=next_page, email=email)


def asked_for(request: Request) -> str:
    """Give the path and query of a request, as a link may lead there again."""
    return safe_next(request.url.path + (f"?{request.url.query}" if request.url.query else ""))


def unavailable(address: str) -> Response:
    """Say that Supabase does not answer, and offer to try the address again."""
    text = (
        "The database does not answer, so nobody can be signed in right now. "
        "Nothing was changed. Try again in a minute."
    )
    link = ("Try again", address)
    return notice("Not available right now", text, 503, link, {"Retry-After": "60"})
