"""Messages to suppliers and to the team: their templates, and what comes out of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from cs_core.base.checks import NAME_PATTERN, NAME_RULE, Problem, check_keys, must
from cs_core.base.errors import MessageError, TemplateError
from cs_core.mail.html_rules import html_problems
from cs_core.mail.layout import unsubscribe_link, wrap_html, wrap_text
from cs_core.mail.template_language import (
    RenderingError,
    names_used,
    plain_parts,
    render,
    source_problems,
)
from cs_core.mail.variables import AUDIENCES, VARIABLES, Variable

__all__ = ["VARIABLES", "Message", "Template", "Variable", "message_from_person"]
__all__ += ["render_message", "unsubscribe_link", "wrap_html", "wrap_text"]

# In characters, as a template is written.
LONGEST = {"subject": 200, "body_text": 20_000, "body_html": 60_000}
# As it is read. Suppliers read the text inside the product too, which takes no more.
LONGEST_RENDERED = {"supplier": 20_000, "team": 50_000}
LONGEST_HTML = 100_000
LONGEST_BY_HAND = 20_000
MOST_LISTED = 200
# What stands beside the texts where templates are stored.
STORED_BESIDE = ("version", "note", "published_at", "published_by")

# Line breaks would add headers to a mail; the last ones turn the direction of what follows.
_NOT_IN_A_LINE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
_NOT_IN_A_TEXT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)


@dataclass(frozen=True)
class Message:
    """What somebody reads. `html` is what goes inside the layout; None: the text is all."""

    subject: str
    text: str
    html: str | None


@dataclass(frozen=True)
class Template:
    """A text with places for values. Build one with `from_dict`, which checks it."""

    name: str
    version: int
    audience: str
    subject: str
    body_text: str
    body_html: str | None

    @classmethod
    def from_dict(cls, data: Any, version: int) -> "Template":
        """Check a template as it is stored and edited, and build it.

        Parameters
        ----------
        data : mapping
            `name`, `audience` (supplier or team), `subject`, `body_text` and, if there is one,
            `body_html`. The other columns of message_templates may stand beside them.

        Returns
        -------
        Template

        Raises
        ------
        TemplateError
            If anything is missing, unknown, unsafe or too long, or it cannot be rendered with
            the samples or with the least that may be known. Its `problems` lists all of them
            as (field, what is wrong and what to do).
        """
        problems = list(_problems(data))
        if problems:
            raise TemplateError(*problems)
        return cls(
            data["name"],
            version,
            data["audience"],
            data["subject"],
            data["body_text"],
            data.get("body_html"),
        )

    def uses(self, variable: str) -> bool:
        """Whether any part asks for a variable: some cost time to look up."""
        parts = (self.subject, self.body_text, self.body_html)
        return any(variable in names_used(part) for part in parts if part is not None)


def render_message(template: Template, values: Mapping[str, Any]) -> Message:
    """Fill in a template.

    Parameters
    ----------
    values : mapping
        A value for each of `VARIABLES` of its audience; None where a text is missing is taken
        as empty. Texts are put on one line; of long lists, the first `MOST_LISTED` are used.

    Returns
    -------
    Message
        The subject on one line of at most 200 characters.

    Raises
    ------
    TemplateError
        If the template uses a value that is missing, or the result is too long.
    """
    filled = _on_one_line(
        {name: values[name] for name in VARIABLES[template.audience] if name in values},
        VARIABLES[template.audience],
    )
    parts: dict[str, str] = {}
    problems: list[Problem] = []
    for field, source in _sources(vars(template)):
        try:
            parts[field] = _render_field(field, source, template.audience, filled)
        except RenderingError as error:
            problems.append((f"{template.name}.{field}", str(error)))
    if problems:
        raise TemplateError(*problems)
    return Message(parts["subject"], parts["body_text"], parts.get("body_html"))


def message_from_person(subject: str, text: str) -> Message:
    """Make a message of what a person wrote; nothing in it is a template.

    Parameters
    ----------
    text : str
        Plain text; an empty line ends a paragraph.

    Returns
    -------
    Message

    Raises
    ------
    MessageError
        If a part is empty or too long. `problems` names the fields `subject` and `message`.
    """
    line = _one_line(subject)
    body = _plain_text(text)
    problems = []
    # As it was typed: the person counts what the form counts.
    for field, given, kept, longest in (
        ("subject", subject, line, LONGEST["subject"]),
        ("message", text, body, LONGEST_BY_HAND),
    ):
        if not kept:
            problems.append((field, "must not be empty"))
        elif len(given) > longest:
            problems.append(
                (field, f"has {len(given):,} characters; shorten it to {longest:,} at most")
            )
    if problems:
        raise MessageError(*problems)
    paragraphs = [escape(part, quote=False) for part in re.split(r"\n{2,}", body)]
    html = "\n".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)
    # Escaping can make a text of nothing but "&" five times as long.
    return Message(line, body, html if len(html) <= LONGEST_HTML else None)


def _problems(data: Any) -> Iterator[Problem]:
    """Check all there is; what is rendered must be without fault first."""
    required = ("name", "audience", "subject", "body_text")
    keys = yield from check_keys("template", "", data, required, ("body_html", *STORED_BESIDE))
    if "name" in keys and not re.fullmatch(NAME_PATTERN, str(data["name"])):
        yield "name", must(NAME_RULE, data["name"])
    known_audience = "audience" in keys and data["audience"] in AUDIENCES
    if "audience" in keys and not known_audience:
        yield "audience", must(f"be {' or '.join(AUDIENCES)}", data["audience"])
    for field in ("subject", "body_text", "body_html"):
        if field not in keys or (field == "body_html" and data[field] is None):
            continue
        problems = list(_part_problems(field, data[field]))
        if not problems and known_audience:
            problems = list(_field_problems(field, data[field], data["audience"]))
        yield from ((field, problem) for problem in problems)


def _part_problems(field: str, part: Any) -> Iterator[str]:
    if not isinstance(part, str) or not part.strip():
        yield must("be a text", part)
        return
    if len(part) > LONGEST[field]:
        yield f"has {len(part):,} characters; shorten it to {LONGEST[field]:,} at most"
    bad = _NOT_IN_A_LINE if field == "subject" else _NOT_IN_A_TEXT
    # Editors write line ends with a carriage return, which is dropped.
    found = bad.search(part if field == "subject" else part.replace("\r\n", "\n"))
    if found:
        what = "a line break" if found.group()[0] in "\r\n" else "a control character"
        yield f"has {what}; take it out"


def _field_problems(field: str, source: str, audience: str) -> Iterator[str]:
    variables = VARIABLES[audience]
    fields = {name: variable.fields for name, variable in variables.items()}
    faults = [
        f"{what}" if field == "subject" else f"line {line}: {what}"
        for line, what in source_problems(source, fields)
    ]
    if faults:
        yield from faults
        return
    if field == "body_html":
        hidden = list(html_problems(plain_parts(source), whole=False))
        if hidden:
            yield from hidden
            return
    for which, values in _trials(variables):
        try:
            rendered = _render_field(field, source, audience, _on_one_line(values, variables))
        except RenderingError as error:
            yield f"{error} ({which})"
            return
        found = list(html_problems(rendered)) if field == "body_html" else []
        if found:
            yield from (f"{problem} ({which})" for problem in found)
            return


def _trials(variables: Mapping[str, Variable]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "with the samples", {name: v.sample for name, v in variables.items()}
    yield "with the least that may be known", {name: v.least for name, v in variables.items()}
    yield (
        "with values that pretend to be HTML",
        {name: v.hostile() for name, v in variables.items()},
    )


def _sources(parts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in ("subject", "body_text", "body_html"):
        if parts[field] is not None:
            yield field, parts[field]


def _render_field(field: str, source: str, audience: str, values: Mapping[str, Any]) -> str:
    html = field == "body_html"
    longest = LONGEST_HTML if html else LONGEST_RENDERED[audience]
    rendered = render(source, values, html, longest)
    if field == "subject":
        line = _one_line(rendered)
        whole = len(line) <= LONGEST["subject"]
        rendered = line if whole else f"{line[: LONGEST['subject'] - 1].rstrip()}…"
    else:
        rendered = _plain_text(rendered)
    if not rendered:
        raise RenderingError("is empty; write something that always appears")
    return rendered


def _on_one_line(values: Any, variables: Mapping[str, Variable] | None = None) -> Any:
    """Put every text on one line and cut long lists, however deep they lie."""
    if isinstance(values, str):
        return _one_line(values)
    if isinstance(values, list | tuple):
        return [_on_one_line(value) for value in values[:MOST_LISTED]]
    if isinstance(values, Mapping):
        texts = {name for name, v in (variables or {}).items() if isinstance(v.sample, str)}
        return {
            name: "" if value is None and name in texts else _on_one_line(value)
            for name, value in values.items()
        }
    return values


def _one_line(text: str) -> str:
    return " ".join(_NOT_IN_A_LINE.sub(" ", text).split())


def _plain_text(text: str) -> str:
    """Drop control characters and the empty lines that conditions leave behind."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = "\n".join(_NOT_IN_A_TEXT.sub("", line).rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", kept).strip()
