"""Reading functions of the database: one in a request, or several, or only whether they changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from supabase import Client

from cs_core.io.base.client import call

T = TypeVar("T")

TRIES = 2  # a person is waiting
MOST = 20  # of one request; the database answers no more


@dataclass(frozen=True)
class Answers:
    """What several queries found; `fingerprint` is the same as long as the answers are."""

    found: tuple[Any, ...]
    fingerprint: str


@dataclass(frozen=True)
class Query(Generic[T]):
    """What a screen wants to know."""

    what: str  # what is being done, for the error: "Reading calls"
    function: str  # the reading function of the database that answers it
    arguments: dict[str, Any]  # its arguments, as JSON
    read: Callable[[Any], T]  # makes of its answer what the screen takes


def run_query(client: Client, query: Query[T]) -> T:
    """Run one query."""
    found = call(client, query.what, query.function, query.arguments, tries=TRIES)
    return query.read(found)


def run_queries(client: Client, what: str, *queries: Query[Any]) -> Answers:
    """Run several queries in one request: each request costs a trip to the database and back.

    Parameters
    ----------
    what : str
        What is being done, for the error.
    *queries : Question
        At most 20.

    Returns
    -------
    Answers
        In the order of the queries.
    """
    found = call(client, what, "run_queries", {"p_calls": _as_json(queries)}, tries=TRIES)
    pairs = zip(queries, found["answers"], strict=True)
    return Answers(tuple(query.read(answer) for query, answer in pairs), found["fingerprint"])


def fingerprint(client: Client, what: str, *queries: Query[Any]) -> str:
    """Return the fingerprint of the answers alone.

    An open screen asks for it every few seconds, and reads anew where it has changed.
    """
    found: str = call(client, what, "fingerprint", {"p_calls": _as_json(queries)}, tries=TRIES)
    return found


def _as_json(queries: tuple[Query[Any], ...]) -> list[dict[str, Any]]:
    assert len(queries) <= MOST
    return [{"function": one.function, "arguments": one.arguments} for one in queries]
