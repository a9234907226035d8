"""The pages of a new password: asking for the mail, and what its link leads to.

The link's token stands behind the # of the address, which browsers send to nobody; a script of a
few lines puts it into the form and takes it out of the address bar.
"""

from html import escape

from starlette.responses import HTMLResponse

from cs_app.server.links import CHOOSE_PAGE
from cs_app.server.pages import page
from cs_core.io.people.users import LEAST_PASSWORD_LENGTH

ASK, SCRIPT = "/forgot-password", "/new-password.js"
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
    body = f"""{_alert(problem)}
<p>Give the address you sign in with. We send a mail with a link to choose a new password.</p>
<form method="post" action="{ASK}">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="320"
 value="{escape(email)}" autofocus{_wrong(problem)}>
<button type="submit">Send the mail</button>
</form>
<p><a href="/sign-in">Back to sign-in</a></p>"""
    return page("Forgot your password?", body, status)


def asked_page() -> HTMLResponse:
    """Say that a mail is on its way, whether anybody has the address or not."""
    body = f"""<p>If somebody signs in with this address, a mail with a link is on its way. It
 should be there within a few minutes; look among the unwanted mails too.</p>
<p>The link works once, for one hour.</p>
<p><a href="{ASK}">Send it again</a> · <a href="/sign-in">Back to sign-in</a></p>"""
    return page("Look into your mail", body)


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
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(tokens.get(name, ""))}">\n'
        for name in TOKENS
    )
    has_token = any(tokens.values())
    least = LEAST_PASSWORD_LENGTH
    script = "" if has_token else f'<script src="{SCRIPT}"></script>'
    body = f"""{_alert(problem)}
<form id="choose" method="post" action="{CHOOSE_PAGE}"{"" if has_token else " hidden"}>
{fields}<p>At least {least} characters. Saving it signs you out in every browser.</p>
<label for="password">New password</label>
<input id="password" name="password" type="password" autocomplete="new-password" required
 minlength="{least}" maxlength="500"{_wrong(problem)}>
<label for="again">The same again</label>
<input id="again" name="again" type="password" autocomplete="new-password" required
 minlength="{least}" maxlength="500"{_wrong(problem)}>
<button type="submit">Save the new password</button>
</form>
<div id="no-link"{" hidden" if has_token else ""}>{_no_link()}</div>{script}"""
    return page("Choose a new password", body, status, NO_REFERRER)


def used_up_page() -> HTMLResponse:
    """Say that a link is no longer good."""
    return page("This link does not work any more", _no_link(), 410, NO_REFERRER)


def _no_link() -> str:
    return f"""<p>A link works once, for one hour, and only that of the newest mail. This one was
 used, is too old, or came incomplete. Your password was not changed.</p>
<noscript><p>Reading the link needs JavaScript, and this browser has it switched off.</p></noscript>
<p>Who was invited gets a new mail in the same way, or asks to have the invitation sent again.</p>
<a class="button" href="{ASK}">Get a new mail</a>
<p><a href="/sign-in">Back to sign-in</a></p>"""


def _alert(problem: str | None) -> str:
    return f'<p class="problem" id="problem" role="alert">{escape(problem)}</p>' if problem else ""


def _wrong(problem: str | None) -> str:
    return ' aria-invalid="true" aria-describedby="problem"' if problem else ""
