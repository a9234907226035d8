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
    """What several questions were answered; `mark` is the same as long as the answers are."""

    found: tuple[Any, ...]
    mark: str


@dataclass(frozen=True)
class Question(Generic[T]):
    """What a screen wants to know.

    Parameters
    ----------
    what : str
        What is being done, for the error: "Reading calls".
    function : str
        The reading function of the database that answers it.
    arguments : dict
        Its arguments, as JSON.
    read : callable
        Makes of its answer what the screen takes.
    """

    what: str
    function: str
    arguments: dict[str, Any]
    read: Callable[[Any], T]


def ask(client: Client, question: Question[T]) -> T:
    """Ask one question.

    Raises
    ------
    StoreError
        If Supabase does not answer.
    """
    found = call(client, question.what, question.function, question.arguments, tries=TRIES)
    return question.read(found)


def ask_all(client: Client, what: str, *questions: Question[Any]) -> Answers:
    """Ask several questions in one request: each request costs a trip to the database and back.

    Parameters
    ----------
    client : Client
        The signed-in person's own: row level security applies to each question.
    what : str
        What is being done, for the error.
    *questions : Question
        At most 20.

    Returns
    -------
    Answers
        In the order of the questions.

    Raises
    ------
    StoreError
        If Supabase does not answer, or one of the questions cannot be answered.
    """
    found = call(client, what, "ask_all", {"p_calls": _as_json(questions)}, tries=TRIES)
    pairs = zip(questions, found["answers"], strict=True)
    return Answers(tuple(question.read(answer) for question, answer in pairs), found["mark"])


def mark_of(client: Client, what: str, *questions: Question[Any]) -> str:
    """Return the mark of the answers alone.

    An open screen asks for it every few seconds, and reads anew where it has changed.

    Raises
    ------
    StoreError
    """
    mark: str = call(client, what, "mark_of", {"p_calls": _as_json(questions)}, tries=TRIES)
    return mark


def _as_json(questions: tuple[Question[Any], ...]) -> list[dict[str, Any]]:
    assert len(questions) <= MOST
    return [{"function": one.function, "arguments": one.arguments} for one in questions]
