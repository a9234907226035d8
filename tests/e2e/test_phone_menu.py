"""The menu on a phone: a drawer that opens, closes, and is out of the way on the next page."""

from playwright.sync_api import Browser, expect

from tests.e2e.dashboard import come_in, settle

# By the user agent Streamlit decides whether the drawer closes behind a chosen page.
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36"
)


def test_the_drawer_closes_by_its_button_and_behind_a_chosen_page(
    browser: Browser, dashboard: str, ada: dict[str, str]
) -> None:
    context = browser.new_context(
        base_url=dashboard,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        user_agent=PHONE,
    )
    try:
        page = context.new_page()
        come_in(page, ada)
        drawer = page.get_by_test_id("stSidebar")
        page.get_by_test_id("stExpandSidebarButton").tap()
        expect(drawer).to_have_attribute("data-collapsed", "false")
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").tap()
        expect(drawer).to_have_attribute("data-collapsed", "true")
        expect(page.get_by_role("link", name="Mail to me")).to_be_visible()

        page.get_by_test_id("stExpandSidebarButton").tap()
        drawer.get_by_role("link", name="Suppliers").tap()
        settle(page, "Suppliers")
        expect(drawer).to_have_attribute("data-collapsed", "true")
        page.reload()
        settle(page, "Suppliers")
        expect(drawer).to_have_attribute("data-collapsed", "true")
    finally:
        context.close()
