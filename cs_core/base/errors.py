"""Every error the program raises on purpose, in one place."""

from typing import ClassVar


class CsError(Exception):
    """What the program raises on purpose: a subclass's `message`, with the facts filled in.

    The facts are passed as keywords, and stay on the error as attributes. Not the docstring is
    the message: `python -OO` drops those.
    """

    message: ClassVar[str]
    exit_code = 1

    def __init_subclass__(cls) -> None:
        if not hasattr(cls, "message"):
            raise TypeError(f"{cls.__name__} needs a message")

    def __init__(self, **facts: object) -> None:
        for name, fact in facts.items():
            setattr(self, name, fact)
        # Facts may carry line breaks (a server's answer, say); the message is one line.
        text = " ".join(self.message.format(**facts).split())
        # A reason that ends in a full stop would double the template's own.
        super().__init__(text[:-1] if text.endswith("..") else text)


class UsageError(CsError):
    message = "{problem}"
    exit_code = 2


class SettingError(CsError):
    message = "Setting {name} {problem}."
    exit_code = 2


class SupplierNotFound(CsError):
    message = "No supplier has the id {supplier_id}."
    exit_code = 2


class LeaseHeld(CsError):
    message = (
        "Another run holds the lease: {holder}. Wait until it is done, then start this one again."
    )
    exit_code = 3


class StoreError(CsError):
    """What is stored could not be read or changed. Whether it is changed is not known."""

    what: str
    reason: str
    message = "{what} failed: {reason}."


class NoAnswer(StoreError):
    """Supabase does not answer: whether it did what was asked is not known."""


class Refused(StoreError):
    """Supabase said no: nothing is changed."""


class NotAllowed(Refused):
    """Whoever asks has no right to it."""


class RoleNeeded(NotAllowed):
    """The person something is done for has no role that allows it: our own functions look."""


class TokenRefused(Refused):
    """Supabase does not take this token or key."""


class NotFound(Refused):
    """What is asked about is not there (any more)."""


class BadValue(Refused):
    """A value breaks a rule of the database."""


class Duplicate(Refused):
    """There is one already, where there can be only one."""


class Conflict(Refused):
    """Somebody else was first: with this key, or as the holder of the lease."""


class TooOften(Refused):
    """Supabase takes no more of this for now."""


class MissingColumns(CsError):
    message = "{what} needs columns the frame lacks: {columns}."


class DefinitionError(CsError):
    message = "Definition: {details}."
    exit_code = 2

    def __init__(self, *problems: tuple[str, str]) -> None:
        """Take each problem as (field path, what is wrong and what to do)."""
        self.problems = problems
        super().__init__(details="; ".join(f"{field} {problem}" for field, problem in problems))


class ScorecardError(DefinitionError):
    message = "Scorecard: {details}."
    exit_code = 1  # nobody gives one with a command: the stored one is broken


class PlaybookError(DefinitionError):
    message = "Playbook: {details}."


class OutreachRulesError(DefinitionError):
    message = "Outreach rules: {details}."


class NoWorkingDay(CsError):
    message = (
        "No working day in the {days} days after {after}: take holidays out of the outreach rules."
    )


class FactsMismatch(CsError):
    message = "The outreach facts are not about the suppliers of the scores, row by row."


class TemplateError(DefinitionError):
    message = "Template: {details}."


class MessageError(DefinitionError):
    message = "Message: {details}."
