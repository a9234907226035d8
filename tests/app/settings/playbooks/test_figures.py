"""What a playbook did in a while leads to the lists of just that."""

import re
from collections import Counter
from datetime import date
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from cs_app.interventions.address import read_filter
from cs_app.settings.playbooks.list import figures_in_words
from cs_core.io.definitions.playbooks import PlaybookFigures

SINCE = date(2026, 11, 1)


def test_all_that_is_over_leads_to_a_list_that_begins_on_the_day_counting_began() -> None:
    figures = PlaybookFigures(
        sent=Counter(email=3),
        failed=Counter(email=2),
        calls_made=Counter(reached=1),
        cancelled=1,
        suppressed=Counter(opt_out=4),
        held_out=5,
    )
    links = re.findall(r'href="([^"]+)"', figures_in_words("sharp_drop", figures, SINCE))
    asked = [dict(parse_qsl(urlsplit(unescape(link)).query)) for link in links]
    assert {query["tab"] for query in asked} == {"sent", "failed", "history", "suppressed"}
    for query in asked:
        narrowed = read_filter(query, query["tab"])
        assert (narrowed.playbook, narrowed.since) == ("sharp_drop", SINCE)
