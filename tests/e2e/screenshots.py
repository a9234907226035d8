"""Pictures of the screens for docs/screenshots: `python -m tests.e2e.screenshots`.

They show a small made-up world in an embedded Supabase of its own.
"""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import Browser, Page

from cs_core.io.settings import load_settings
from cs_core.io.supabase import connect
from embedded.postgres import free_port
from embedded.stack import Stack
from tests.app.health_rows import add_scored_supplier
from tests.e2e.dashboard import ROOT, running_browser, running_dashboard, settle, sign_in
from tests.e2e.mail_pictures import shoot_mails

FOLDER = ROOT / "docs" / "screenshots"
PASSWORD = "a long enough password"
SIZES: Mapping[str, Any] = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
NAMES = (
    *("Rowan & Fox Photography", "The Glasshouse", "Peony & Thyme Florists", "Château Ängsö"),
    *("Maison Éclair", "Saffron Catering", "Bodas 🎉 Sol", "O'Hara Strings", "Bright Veil"),
    *("Harbour Barn", "Golden Hour Films", "Little Fern Stationery"),
)
CATEGORIES = ("photographer", "venue", "florist", "caterer")


def fill(stack: Stack) -> None:
    """Make two accounts and some sixty suppliers."""
    service = connect(load_settings(stack.env))
    for email, role in (("ada@wedsync.example", "admin"), ("rowan@fox.example", None)):
        made = service.auth.admin.create_user(
            {"email": email, "password": PASSWORD, "email_confirm": True}
        )
        if role:
            profile = {"id": made.user.id, "role": role, "full_name": "Ada Byron"}
            service.table("user_profiles").insert(profile).execute()
    now = datetime.now(UTC)
    with psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True) as sql:
        for number in range(60):
            score = number * 61 % 97
            last_login = None if number % 13 == 0 else now - timedelta(days=(96 - score) / 4)
            add_scored_supplier(
                sql,
                NAMES[number % len(NAMES)] + ("" if number < len(NAMES) else f" {number}"),
                score,
                CATEGORIES[number % len(CATEGORIES)],
                last_login=last_login,
                calculated_at=now - timedelta(hours=2, minutes=5),
            )


def shoot(page: Page, name: str) -> None:
    """Save what is on screen, with the cursor out of the way."""
    page.mouse.move(0, 0)
    page.screenshot(path=FOLDER / f"{name}.png")


def shoot_all(browser: Browser, url: str, size: str) -> None:
    """Walk through the screens at one size."""
    ada = browser.new_context(base_url=url, **SIZES[size])
    page = ada.new_page()
    page.goto("/sign-in")
    shoot(page, f"sign-in-{size}")
    sign_in(page, "ada@wedsync.example", "wrong")
    page.get_by_role("alert").wait_for()
    shoot(page, f"sign-in-refused-{size}")
    sign_in(page, "ada@wedsync.example", PASSWORD)
    settle(page, "Suppliers")
    page.get_by_test_id("glide-cell-0-0").wait_for(state="attached")
    shoot(page, f"suppliers-{size}")
    ada.close()
    rowan = browser.new_context(base_url=url, **SIZES[size])
    page = rowan.new_page()
    page.goto("/")
    sign_in(page, "rowan@fox.example", PASSWORD)
    settle(page, "No access")
    shoot(page, f"no-access-{size}")
    rowan.close()


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cs-screenshots-") as folder:
        stack = Stack(Path(folder) / "data", free_port())
        stack.start()
        try:
            fill(stack)
            log = Path(folder) / "dashboard.log"
            with (
                running_dashboard(stack.env, free_port(), log) as url,
                running_browser() as browser,
            ):
                for size in SIZES:
                    shoot_all(browser, url, size)
                shoot_mails(browser, connect(load_settings(stack.env)), FOLDER)
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
