"""Pictures of mails as a mail program shows them; `tests.e2e.screenshots` asks for them.

To look at them at every size: `python -m tests.e2e.mail_pictures FOLDER`; the digests have
something to say in the lively world only, which --world names.
"""

import argparse
import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from supabase import Client

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_settings
from cs_core.io.mail.attachments import Attachments
from cs_core.io.mail.digests.queue import DigestWriter
from cs_core.mail.digests.schedule import DAILY, WEEKLY, DueDigest, Reader
from cs_core.mail.layout import digest_link
from cs_core.mail.messages import Template, render_message, unsubscribe_link, wrap_html
from cs_core.mail.variables import VARIABLES
from embedded.postgres import free_port
from embedded.stack import Stack
from tests.e2e.dashboard import running_browser
from tests.e2e.palette import shrink

BASE_URL = "https://success.wedsync.example"
DATE = "Sunday 22 November 2026, 06:04"
TEAM = "WedSync Customer Success <success@wedsync.example>"
# picture: (template, from, to)
MAILS = {
    "mail-come-back": (
        "come_back_tips",
        "WedSync <hello@wedsync.example>",
        "Maya Rowan <maya@rowanandfox.example>",
    ),
    "mail-critical-digest": (
        "critical_digest",
        TEAM,
        "cs-team@wedsync.example",
    ),
}
# picture: (which, days it tells of)
DIGESTS = {"mail-daily-digest": (DAILY, 1), "mail-weekly-report": (WEEKLY, 7)}
ADA = Reader(
    person_id="7a1c",
    name="Ada Byron",
    email="ada@wedsync.example",
    daily=True,
    weekly=True,
    hour=8,
    weekday=1,
    timezone="Europe/London",
    changed_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
)
STYLE = """
:root { color-scheme: light dark; --bar: #fff; --text: #1c2430; --quiet: #586274;
  --line: #dfe3e9; }
@media (prefers-color-scheme: dark) { :root { --bar: #0d1117; --text: #e6e9ee;
  --quiet: #9aa5b5; --line: #333c48; } }
body { margin: 0; background: var(--bar); color: var(--text);
  font: 14px/1.6 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
header { padding: 20px 24px; border-bottom: 1px solid var(--line); }
h1 { margin: 0 0 8px; font-size: 20px; font-weight: 600; line-height: 1.3; }
dl { display: grid; grid-template-columns: 4em 1fr; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
iframe { display: block; width: 100%; border: 0; }
"""
# A mail program makes the frame as high as the mail.
FIT = """() => { const frame = document.querySelector('iframe');
  frame.style.height = frame.contentDocument.documentElement.scrollHeight + 'px'; }"""


def mail_program(sender: str, to: str, subject: str, mail: str, date: str, **more: str) -> str:
    """Write a page that shows a mail the way mail programs do: its headers, then the mail."""
    rows = {"From": sender, "To": to, "Date": date} | more
    headers = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Mail</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>
<header><h1>{escape(subject)}</h1><dl>{headers}</dl></header>
<iframe title="Mail" srcdoc="{escape(mail)}"></iframe></html>"""


def sample_values(audience: str) -> dict[str, Any]:
    """Return the samples, and for the team a third supplier."""
    values = {name: variable.sample for name, variable in VARIABLES[audience].items()}
    if audience == "team":
        barn = {
            "name": "Harbour Barn",
            "score": 39,
            "previous_score": 44,
            "change": -5,
            "drivers": ("Form completion: 0 of 10 points, 0 of 4 forms sent completed",),
            "link": f"{BASE_URL}/suppliers?q=Harbour+Barn",
            "note": "",
        }
        values |= {"suppliers": (*values["suppliers"], barn), "count": 3}
    return values


def pages(client: Client) -> Iterator[tuple[str, str]]:
    """Build each mail from its seeded template, in its mail program."""
    for picture, (name, sender, to) in MAILS.items():
        row = client.table("message_templates").select("*").eq("name", name).execute().data[0]
        template = Template.from_dict(row, row["version"])
        message = render_message(template, sample_values(template.audience))
        is_team = template.audience == "team"
        link = None if is_team else unsubscribe_link(BASE_URL, "7a1c", "0" * 32)
        mail = wrap_html(message.subject, message.html or "", link)
        yield picture, mail_program(sender, to, message.subject, mail, DATE)


def digests(client: Client) -> Iterator[tuple[str, str]]:
    """Build the two digests of the newest scored day; none where nobody is scored yet."""
    writer = DigestWriter(client, BASE_URL)
    day = writer.newest_day()
    if day is None:
        return
    begin = dt.datetime.combine(day, dt.time(), dt.UTC)
    files = Attachments(client)
    for picture, (digest, days) in DIGESTS.items():
        since = day - dt.timedelta(days=days)
        due = DueDigest(ADA, digest, day, since, begin, begin + dt.timedelta(days=1))
        message, _, attachment_id = writer.write(due)
        assert message is not None
        file = files.read(attachment_id)
        attached = {"File": f"{file.file_name} ({len(file.content) // 1024} KB)"} if file else {}
        link = digest_link(BASE_URL, ADA.person_id, digest, "0" * 32)
        mail = wrap_html(message.subject, message.html or "", link, is_digest=True)
        date = f"{day:%A %-d %B %Y}, 08:00"
        to = f"{ADA.name} <{ADA.email}>"
        yield picture, mail_program(TEAM, to, message.subject, mail, date, **attached)


def shoot_mails(
    browser: Browser, client: Client, folder: Path, suffix: str = "", **look: Any
) -> None:
    """Save a picture of each mail, 1000 px wide unless told otherwise."""
    size: Mapping[str, Any] = {"viewport": {"width": 1000, "height": 600}, "color_scheme": "light"}
    context = browser.new_context(**(dict(size) | look))
    page = context.new_page()
    for picture, document in (*pages(client), *digests(client)):
        page.set_content(document, wait_until="load")
        page.evaluate(FIT)
        path = folder / f"{picture}{suffix}.png"
        page.screenshot(path=path, full_page=True)
        shrink(path)
    context.close()


def main(folder: Path, world: Path | None) -> None:
    """Write the mails at every size."""
    phone = {"viewport": {"width": 390, "height": 700}}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cs-mail-") as data, running_browser() as browser:
        stack = Stack(world or Path(data), free_port())
        stack.start()
        try:
            client = connect_service(load_settings(stack.env))
            shoot_mails(browser, client, folder)
            shoot_mails(browser, client, folder, "-dark", color_scheme="dark")
            shoot_mails(browser, client, folder, "-phone", **phone)
            shoot_mails(browser, client, folder, "-phone-dark", **phone, color_scheme="dark")
        finally:
            stack.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--world", type=Path)
    options = parser.parse_args()
    main(options.folder, options.world)
