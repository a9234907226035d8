"""What is published in versions (scorecard, playbooks, templates, outreach rules) has in common."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cs_core.base.errors import StoreError
from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record

TRIES = 2
NEWEST = 2**31 - 1
VERSIONS_AT_ONCE = 20
DEFAULT_VERSION = 1  # every database begins with what sql/supabase/seeds holds


@dataclass(frozen=True)
class Version:
    """A version of a definition, as it is stored.

    `published_by` is a name, None for the defaults, the command line, and who has left.
    """

    version: int
    definition: dict[str, Any]
    note: str | None
    published_at: dt.datetime
    published_by: str | None


@dataclass(frozen=True)
class Published:
    """Whether a definition is published; `version` is the newest one, be it this or another's."""

    is_published: bool
    version: int


def publish(
    client: PersonClient,
    function: str,
    arguments: dict[str, Any],
    newest: Callable[[], Sequence[Version]],
) -> Published:
    """Publish once, and say so too where only the answer was lost.

    The version and the audit log bear the name of the admin whose client it is.
    """
    try:
        # Not repeated by itself: the repeat would find the version taken, by this very call.
        answer = call(client, "Publishing", function, arguments, tries=1)
    except StoreError:
        mine = arguments["p_based_on"] + 1, arguments["p_definition"]
        if mine not in [(one.version, one.definition) for one in newest()]:
            raise
        return Published(is_published=True, version=mine[0])
    return to_record(Published, answer)
