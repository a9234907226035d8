"""The layout around every mail: calm, at most 600 px wide, nothing loaded from elsewhere."""

from urllib.parse import urlencode

from cs_core.base.html import fill

WHY = "You receive this because your business uses WedSync."
WHY_DIGEST = "You asked for this mail in the customer-success dashboard."
# Inline styles say what every mail client understands. What a client may leave out without
# harm (dark colours, small screens, margins of lists) is in the style block.
FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
STYLE = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
.inner p { margin: 0 0 16px; }
.inner ul, .inner ol { margin: 0 0 16px; padding-left: 24px; }
.inner li { margin: 0 0 6px; }
.inner h1, .inner h2 { margin: 0 0 12px; font-size: 20px; line-height: 1.3; font-weight: 600; }
.inner h2 { font-size: 17px; }
.inner a { color: #1f5fbf; }
.inner > :last-child { margin-bottom: 0; }
.quiet, .quiet a { color: #586274; }
.line { border-color: #dfe3e9; }
@media (max-width: 480px) {
  .outer { padding: 12px 8px !important; }
  .card { padding: 24px 20px !important; }
}
@media (prefers-color-scheme: dark) {
  body, .outer { background-color: #12161c !important; }
  .card { background-color: #1b212a !important; border-color: #333c48 !important; }
  .inner, .inner p, .inner li, .inner td, .inner h1, .inner h2 { color: #e6e9ee !important; }
  .inner a { color: #6ea8fe !important; }
  .inner .bad { color: #ff8f87 !important; }
  .quiet, .quiet a, .inner .quiet { color: #9aa5b5 !important; }
  .line { border-color: #333c48 !important; }
}
"""


def wrap_html(
    subject: str, inner_html: str, unsubscribe_url: str | None, *, is_digest: bool = False
) -> str:
    """Put the layout around the inner HTML of a mail.

    Parameters
    ----------
    subject : str
        Plain text.
    inner_html : str
        As `render_message` gives it: checked, its values escaped.
    unsubscribe_url : str or None
        For the footer; None for mail to the team, which has no footer.
    is_digest : bool
        Somebody of the team asked for it: the footer says so.

    Returns
    -------
    str
        A whole HTML document.
    """
    sender = "WedSync" if unsubscribe_url and not is_digest else "WedSync Customer Success"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
{fill("<title>{}</title>", subject)}
<style>{STYLE}</style>
</head>
<body style="margin:0;padding:0;background-color:#f5f6f8">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td class="outer" align="center" style="padding:24px 16px;background-color:#f5f6f8">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"
 style="max-width:600px">
<tr><td class="quiet" align="left" style="padding:0 4px 12px;font-family:{FONT};font-size:14px;\
line-height:1.5;font-weight:600;color:#586274">{sender}</td></tr>
<tr><td class="card" align="left" style="padding:32px;background-color:#ffffff;\
border:1px solid #dfe3e9;border-radius:10px">
<div class="inner" style="font-family:{FONT};font-size:16px;line-height:1.55;color:#1c2430;\
overflow-wrap:anywhere">
{inner_html.strip()}
</div>
</td></tr>{_footer_row(unsubscribe_url, WHY_DIGEST if is_digest else WHY)}
</table>
</td></tr>
</table>
</body>
</html>
"""


def wrap_text(text: str, unsubscribe_url: str | None, *, is_digest: bool = False) -> str:
    """Put the footer under the plain text of a mail; None (mail to the team) adds nothing."""
    why = WHY_DIGEST if is_digest else WHY
    footer = f"\n\n-- \n{why}\nStop these mails: {unsubscribe_url}" if unsubscribe_url else ""
    return f"{text.strip()}{footer}\n"


def unsubscribe_link(base_url: str, supplier_id: str, token: str) -> str:
    """Give the address of the page on which a supplier stops our mails.

    `base_url`: where the dashboard is, CS_BASE_URL. `token`: the supplier's own, from the
    database: whoever has it can stop the mails.
    """
    # Braces stay: the outbox holds {token} in its place until the mail is sent.
    query = urlencode({"supplier": supplier_id, "token": token}, safe="{}")
    return f"{base_url.rstrip('/')}/unsubscribe?{query}"


def digest_link(base_url: str, person_id: str, digest: str, token: str) -> str:
    """Give the address of the page on which somebody of the team stops a digest."""
    query = urlencode({"person": person_id, "digest": digest, "token": token}, safe="{}")
    return f"{base_url.rstrip('/')}/stop-digest?{query}"


def _footer_row(unsubscribe_url: str | None, why: str) -> str:
    if not unsubscribe_url:
        return ""
    pattern = '<a href="{}"\n style="color:#586274;white-space:nowrap">Stop these mails</a>'
    return f"""
<tr><td class="quiet" align="left" style="padding:16px 4px 0;font-family:{FONT};font-size:13px;\
line-height:1.5;color:#586274">{why} {fill(pattern, unsubscribe_url)}</td></tr>"""
