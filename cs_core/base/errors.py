"""Every error the program raises on purpose, in one place."""

import inspect


class CsError(Exception):
    """Something went wrong."""

    # A subclass's docstring is its message template. The facts passed as
    # keywords fill the template and stay on the error as attributes.
    exit_code = 1

    def __init__(self, **facts: object) -> None:
        for name, fact in facts.items():
            setattr(self, name, fact)
        template = inspect.getdoc(type(self)) or ""
        # Facts may carry line breaks (a server's answer, say); the message is one line.
        message = " ".join(template.format(**facts).split())
        # A reason that ends in a full stop would double the template's own.
        super().__init__(message[:-1] if message.endswith("..") else message)


class UsageError(CsError):
    """{problem}"""

    exit_code = 2


class SettingError(CsError):
    """Setting {name} {problem}."""

    exit_code = 2


class SupplierNotFound(CsError):
    """No supplier has the id {supplier_id}."""

    exit_code = 2


class LeaseHeld(CsError):
    """Another run holds the lease: {holder}. Wait until it is done, then start this one again."""

    exit_code = 3


class StoreError(CsError):
    """{what} failed: {reason}."""


class MissingColumns(CsError):
    """{what} needs columns the frame lacks: {columns}."""


class DefinitionError(CsError):
    """Definition: {details}."""

    exit_code = 2

    def __init__(self, *problems: tuple[str, str]) -> None:
        """Take each problem as (field path, what is wrong and what to do)."""
        self.problems = problems
        super().__init__(details="; ".join(f"{field} {problem}" for field, problem in problems))


class ScorecardError(DefinitionError):
    """Scorecard: {details}."""

    exit_code = 1  # nobody gives one with a command: the stored one is broken


class PlaybookError(DefinitionError):
    """Playbook: {details}."""


class OutreachRulesError(DefinitionError):
    """Outreach rules: {details}."""


class NoWorkingDay(CsError):
    """No working day in the {days} days after {after}: take holidays out of the outreach rules."""


class FactsMismatch(CsError):
    """The outreach facts are not about the suppliers of the scores, row by row."""


class TemplateError(DefinitionError):
    """Template: {details}."""


class MessageError(DefinitionError):
    """Message: {details}."""
