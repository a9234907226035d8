"""Mail that failed for good, page by page: the page on screen is that of the address."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from cs_core.io.mail.outbox_list import PAGE_SIZE
from tests.support.letters import letter, queue


def test_the_numbers_follow_the_address_there_and_back(
    service: Any, sql: Any, cookie: str, open_page: Callable[..., AppTest]
) -> None:
    queue(service, *(letter(f"supplier-{n:02}") for n in range(PAGE_SIZE + 1)))
    sql.execute("update outbox set status = 'dead', last_error = '550 no such mailbox'")
    page = open_page(cookie, "pages/operations.py", part="mail")
    page.get("pagination")[0].set_value(2).run()
    assert page.query_params == {"part": "mail", "page": "2"}
    assert len([one for one in page.button if str(one.key).startswith("dead-retry-")]) == 1
    page.query_params["page"] = "1"  # the browser's Back
    page.run()
    assert page.get("pagination")[0].value == 1
