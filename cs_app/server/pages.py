"""Small pages the server writes itself: sign-in, sign-out and what went wrong.

They need no JavaScript and load nothing. The colours are those of .streamlit/config.toml.
"""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cs_app.server.links import safe_next

STYLE = """
:root { color-scheme: light dark; --page: #f5f6f8; --card: #fff; --text: #1c2430;
  --quiet: #586274; --line: #c4cad4; --accent: #1f5fbf; --on-accent: #fff; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b212a; --text: #e6e9ee;
  --quiet: #9aa5b5; --line: #465163; --accent: #6ea8fe; --on-accent: #0d1622; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { width: 100%; max-width: 24rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; }
.product { margin: 0 0 .25rem; color: var(--quiet); font-size: .875rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; font-weight: 600; }
label { display: block; margin: 1rem 0 .25rem; font-size: .9375rem; font-weight: 500; }
input { width: 100%; padding: .5rem .75rem; font: inherit; color: inherit;
  background: var(--page); border: 1px solid var(--line); border-radius: 6px; }
button, .button { display: block; width: 100%; margin-top: 1.5rem; padding: .5625rem 1rem;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 0; border-radius: 6px; }
button:hover, .button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.problem { margin: 0; padding: .625rem .875rem; border-left: 4px solid var(--bad);
  background: var(--page); border-radius: 4px; }
.note { margin: 0; padding: .625rem .875rem; border-left: 4px solid var(--accent);
  background: var(--page); border-radius: 4px; }
.aside { margin: 1rem 0 0; text-align: center; font-size: .9375rem; }
[hidden] { display: none; }
a { color: var(--accent); }
"""
PRODUCT = "WedSync Customer Success"


def page(
    title: str,
    body: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    product: str = PRODUCT,
) -> HTMLResponse:
    """Write a whole page.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML, escaped where it quotes anything.
    status : int
        Of the HTTP answer.
    headers : dict, optional
        More of them.
    product : str
        What stands above the title: suppliers know the product by another name.
    """
    document = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · {product}</title>
<link rel="icon" href="/favicon.png">
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="product">{product}</p>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
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
    body = f"<p>{escape(text)}</p>"
    if link:
        words, address = link
        body += f'\n<a class="button" href="{escape(address)}">{escape(words)}</a>'
    return page(title, body, status, headers, product)


def sign_in_page(
    next_page: str,
    email: str = "",
    problem: str | None = None,
    status: int = 200,
    note: str | None = None,
) -> HTMLResponse:
    """Write the sign-in form, after a failed attempt with what was wrong, or with good news."""
    alert = f'<p class="problem" id="problem" role="alert">{escape(problem)}</p>' if problem else ""
    alert += f'<p class="note" role="status">{escape(note)}</p>' if note else ""
    wrong = ' aria-invalid="true" aria-describedby="problem"' if problem else ""
    # The cursor waits where the next key goes.
    focus_email, focus_password = ("", " autofocus") if email else (" autofocus", "")
    body = f"""{alert}
<form method="post" action="/sign-in">
<input type="hidden" name="next" value="{escape(next_page)}">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="320"
 value="{escape(email)}"{wrong}{focus_email}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="500"{wrong}{focus_password}>
<button type="submit">Sign in</button>
</form>
<p class="aside"><a href="/forgot-password">Forgot your password?</a></p>"""
    return page("Sign in", body, status)


def sign_out_page() -> HTMLResponse:
    """Ask before signing out: a link alone must not do it."""
    body = """<p>You will be signed out in every tab of this browser.</p>
<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>
<p><a href="/">Stay signed in</a></p>"""
    return page("Sign out", body)


def unsubscribe_page(address: str) -> HTMLResponse:
    """Ask before stopping the mails: programs open links too, to look what is behind them."""
    body = f"""<p>You get mails from WedSync because your business uses it: tips, offers of help and
 the like. Shall we stop them?</p>
<form method="post" action="{escape(address)}">
<button type="submit">Stop these mails</button>
</form>
<p>If you would like to keep them, close this page.</p>"""
    return page("Stop mails from WedSync", body, product="WedSync")


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
