"""What the HTML of a mail may hold: text, its shape and links; nothing that runs or loads."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

VOID_TAGS = {"br", "hr"}
TAGS = VOID_TAGS | {
    *("p", "div", "span", "a", "strong", "b", "em", "i", "u", "small", "sub", "sup", "code"),
    *("h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
ATTRIBUTES = {
    *("style", "class", "href", "title", "lang", "dir", "role", "align", "valign", "width"),
    *("height", "border", "cellpadding", "cellspacing", "colspan", "rowspan", "scope", "start"),
}
LINKS = ("https://", "http://", "mailto:", "tel:")

# Why a tag is refused; any other unknown one just is.
_LOADS = "mail must load nothing; leave it out"
WHY_NOT = {
    "script": "mail must run nothing; leave it out",
    "style": "mail programs drop it, or let it load things; use style attributes",
    "link": _LOADS,
    "img": "mail programs hide pictures or tell their server who opened the mail; leave it out",
    **dict.fromkeys(("iframe", "object", "embed", "svg", "video", "audio", "picture"), _LOADS),
    **dict.fromkeys(
        ("form", "input", "button", "select", "textarea"),
        "mail programs refuse forms; link to a page",
    ),
    **dict.fromkeys(
        ("html", "head", "body", "title", "meta", "base"), "the layout has it; leave it out"
    ),
}
_STYLE_THAT_LOADS = re.compile(r"url\s*\(|image\s*\(|expression\s*\(|@import|\\|/\*", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\x9f]+")


def html_problems(html: str, whole: bool = True) -> Iterator[str]:
    """Name what a piece of HTML must not hold in a mail.

    Parameters
    ----------
    html : str
        What goes inside the layout.
    whole : bool
        Whether it is a whole text, so that every tag must be closed; the parts of a template
        are not.

    Yields
    ------
    str
        What is wrong and what to do, each once.
    """
    reader = _Reader(whole)
    reader.feed(html)
    reader.close()
    reader.finish()
    yield from dict.fromkeys(reader.problems)


class _Reader(HTMLParser):
    def __init__(self, whole: bool) -> None:
        # An unresolved "&lt;" must not look like a "<" that begins a tag.
        super().__init__(convert_charrefs=False)
        self.problems: list[str] = []
        self._whole = whole
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            why = WHY_NOT.get(tag, f"only these are known: {', '.join(sorted(TAGS))}")
            self.problems.append(f"has a <{tag[:40]}>: {why}")
            return
        for name, value in attrs:
            self._check_attribute(tag, name, value or "")
        if tag not in VOID_TAGS:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # To HTML "<p/>" is "<p>".
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in TAGS or not self._whole:
            return
        if not self._open or self._open[-1] != tag:
            inside = f"<{self._open[-1]}> is open" if self._open else "nothing is open"
            self.problems.append(f"closes </{tag}> where {inside}; close tags in order")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "<" in data:
            self.problems.append("has a < that begins no whole tag; write &lt;")

    def handle_comment(self, data: str) -> None:
        self.problems.append("has an HTML comment; write {# ... #}, which is not sent")

    def handle_decl(self, decl: str) -> None:
        self.problems.append("has a <!...>: the layout has it; leave it out")

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)

    def handle_pi(self, data: str) -> None:
        self.problems.append("has a <?...>: leave it out")

    def finish(self) -> None:
        """Name what was never closed."""
        if self._whole and self._open:
            self.problems.append(f"opens <{self._open[-1]}> and does not close it")

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self.problems.append(f"has {name[:40]} on <{tag}>: mail must run nothing; leave it out")
        elif name not in ATTRIBUTES:
            self.problems.append(f"has {name[:40]} on <{tag}>, which is not known; leave it out")
        elif name == "href" and not _INVISIBLE.sub("", value).lower().startswith(LINKS):
            rule = f"a link must begin with {', '.join(LINKS)}"
            self.problems.append(f"links to {value[:60]!r}: {rule}")
        elif name == "style" and _STYLE_THAT_LOADS.search(value):
            self.problems.append(f"has a style on <{tag}> that could load or run something")
