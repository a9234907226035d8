"""The pages of a new password: asking for the mail, and what its link leads to.

The link's token stands behind the # of the address, which browsers send to nobody; a script of a
few lines puts it into the form and takes it out of the address bar.
"""

from starlette.responses import HTMLResponse

from cs_app.server.links import CHOOSE_PAGE
from cs_app.server.pages import page
from cs_core.io.people.users import LEAST_PASSWORD_LENGTH

NO_REFERRER = {"Referrer-Policy": "no-referrer"}
TOKENS = ("token_hash", "access_token", "refresh_token")

# Supabase's own mail leads here with tokens behind the #, ours with a token_hash.
READ_LINK = """"use strict";
(function () {
  const form = document.getElementById("choose");
  const given = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!given.has(name)) given.set(name, value);
  }
  // Neither the history nor the address bar keeps them.
  history.replaceState(null, "", location.pathname);
  for (const name of ["token_hash", "access_token", "refresh_token"]) {
    if (given.get(name)) form.elements[name].value = given.get(name);
  }
  if (form.elements.token_hash.value || form.elements.access_token.value) {
    form.hidden = false;
    document.getElementById("no-link").hidden = true;
    document.getElementById("password").focus();
  }
})();
"""


def ask_page(problem: str | None = None, status: int = 200, email: str = "") -> HTMLResponse:
    """Ask for the address that the mail shall go to."""
    return page("web/forgot_password.html", status, problem=problem, email=email)


def choose_page(
    tokens: dict[str, str], problem: str | None = None, status: int = 200
) -> HTMLResponse:
    """Ask for the new password, twice.

    Parameters
    ----------
    tokens : dict
        Those of the link, by `TOKENS`; where there are none the script looks behind the #.
    problem : str, optional
        What was wrong with the last try.
    status : int
        Of the HTTP answer.
    """
    return page(
        "web/new_password.html",
        status,
        NO_REFERRER,
        problem=problem,
        action=CHOOSE_PAGE,
        tokens={name: tokens.get(name, "") for name in TOKENS},
        has_token=any(tokens.values()),
        least=LEAST_PASSWORD_LENGTH,
    )
