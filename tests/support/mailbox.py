"""The mailbox behind the embedded mail sink, and what the outbox says of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from cs_core.io.base.config import load_mail_settings
from embedded.mail_sink import set_mode
from embedded.stack import Stack
from tests.support.letters import letter


class Mailbox:
    """What arrives at the sink of a stack, and how the sink treats it."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.settings = load_mail_settings(stack.env)

    @classmethod
    @contextmanager
    def emptied(cls, stack: Stack) -> Iterator[Self]:
        """Give an empty one that accepts, and leave it accepting."""
        made = cls(stack)
        made.treat("accept")
        for path in made._files():
            path.unlink()
        yield made
        made.treat("accept")

    def treat(self, mode: str, seconds: float = 0.0) -> None:
        """Tell the sink how to treat what comes next."""
        set_mode(self._stack.data_dir, mode, seconds)

    def read(self) -> list[EmailMessage]:
        """Return what has arrived, in that order."""
        texts = [path.read_bytes() for path in self._files()]
        return [message_from_bytes(text, policy=policy.default) for text in texts]  # type: ignore[misc]

    def subjects(self) -> list[str]:
        return sorted(message["Subject"] for message in self.read())

    def _files(self) -> list[Any]:
        return sorted((self._stack.data_dir / "mail").glob("*.eml"))


def letters(count: int) -> list[dict[str, Any]]:
    """Some mail to queue: About m00, About m01, ..."""
    return [letter(f"m{n:02}") for n in range(count)]


def states(sql: Any, columns: str = "status") -> list[Any]:
    """Return columns of the outbox, ordered by dedupe key."""
    rows = sql.execute(f"select {columns} from outbox order by dedupe_key").fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]
