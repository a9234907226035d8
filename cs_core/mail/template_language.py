"""The small part of Jinja that templates are written in: values, conditions, loops, filters.

Who writes templates is an admin, not the program, so the sandbox alone will not do: it lets a
template use up the memory. What is not listed here is refused when a template is checked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.defaults import DEFAULT_FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cs_core.base.checks import suggest

DEEPEST_LOOP = 2
LOOP_FIELDS = ("first", "last", "index", "index0", "length", "revindex", "revindex0")

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple),
    *(nodes.If, nodes.For, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or),
    *(nodes.Not, nodes.Neg, nodes.Add, nodes.Sub, nodes.Concat, nodes.Filter, nodes.Test),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Keyword),
)
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Call: "calls something",
    nodes.Assign: "sets a variable",
    nodes.AssignBlock: "sets a variable",
    nodes.Include: "includes another template",
    nodes.Import: "imports another template",
    nodes.FromImport: "imports another template",
    nodes.Extends: "extends another template",
    nodes.Block: "has a block",
    nodes.Macro: "defines a macro",
    nodes.Scope: "switches escaping on or off",
    **dict.fromkeys(
        (nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow),
        "calculates with *, /, % or **",
    ),
}

Problem = tuple[int, str]


class RenderingError(Exception):
    """A template cannot be rendered with some values."""


def _joined(values: Sequence[object], between: str = "") -> str:
    """Join a list; of a text it would make an ever longer one."""
    if isinstance(values, str):
        raise RenderingError("join needs a list, not a text")
    return str(between).join(str(value) for value in values)


def _listed(values: Sequence[object], word: str = "and") -> str:
    """Write a list as a sentence does: "a, b and c"."""
    *others, last = [str(value) for value in values] or [""]
    return f"{', '.join(others)} {word} {last}" if others else last


_KEPT_FILTERS = (
    *("default", "d", "length", "count", "first", "last", "round", "abs", "upper", "lower"),
    *("capitalize", "title", "trim", "truncate", "escape", "e"),
)
FILTERS = {name: DEFAULT_FILTERS[name] for name in _KEPT_FILTERS} | {
    "join": _joined,
    "listed": _listed,
}


def _shown(value: Any) -> Any:
    """Refuse what no reader should see."""
    if value is None:
        raise RenderingError("shows a value that is missing; test it first with {% if ... %}")
    if isinstance(value, list | tuple | dict):
        raise RenderingError("shows a whole list; write {{ name | listed }} or loop over it")
    return value


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("*", "**", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise jinja2.exceptions.SecurityError(f"{operator} is not possible in a template")


def _environment(html: bool) -> jinja2.Environment:
    environment = _Environment(
        autoescape=html,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,  # nothing may be worked out before it was checked
    )
    environment.globals.clear()
    environment.filters = dict(FILTERS)
    return environment


_TEXT = _environment(html=False)
_HTML = _environment(html=True)


def source_problems(source: str, variables: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Name what a template uses that the language lacks.

    Parameters
    ----------
    variables : mapping
        Name to the fields its parts have (none for plain values).

    Yields
    ------
    tuple
        Line, and what is wrong and what to do.
    """
    try:
        tree = _TEXT.parse(source)
    except jinja2.TemplateSyntaxError as error:
        yield error.lineno, f"is not a template: {error.message}"
        return
    except (RecursionError, ValueError, OverflowError):
        yield 1, "is not a template: it is nested too deeply or holds a number too large"
        return
    loop_names = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    fields = sorted({field for fields in variables.values() for field in fields})
    yield from _check(tree, variables, loop_names | {"loop"}, fields, 0)


def _check(
    node: nodes.Node, variables: Iterable[str], own: set[str], fields: list[str], loops: int
) -> Iterator[Problem]:
    line = node.lineno
    if not isinstance(node, _ALLOWED):
        what = _WORDS.get(type(node), f"uses {type(node).__name__.lower()}")
        yield line, f"{what}, which is not possible; use the values as they are"
        return
    if isinstance(node, nodes.Name) and node.name not in {*variables, *own}:
        yield line, f'uses "{node.name}", which is not known; {suggest(node.name, variables)}'
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        yield (
            line,
            f'uses the filter "{node.name}", which is not known; {suggest(node.name, FILTERS)}',
        )
    elif isinstance(node, nodes.Test) and node.name not in _TEXT.tests:
        yield line, f'uses the test "{node.name}", which is not known'
    elif isinstance(node, nodes.Getattr | nodes.Getitem):
        yield from _check_field(node, fields)
    elif isinstance(node, nodes.For):
        loops += 1
        if loops > DEEPEST_LOOP:
            yield line, f"has loops more than {DEEPEST_LOOP} deep; take one out"
        if not isinstance(node.iter, nodes.Name | nodes.Getattr | nodes.Getitem):
            yield line, "loops over something that is no list of its values"
    for child in node.iter_child_nodes():
        yield from _check(child, variables, own, fields, loops)


def _check_field(node: nodes.Getattr | nodes.Getitem, fields: list[str]) -> Iterator[Problem]:
    if isinstance(node, nodes.Getattr):
        name: object = node.attr
    elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        name = node.arg.value
    else:
        if not isinstance(node.arg, nodes.Slice | nodes.Const):
            yield node.lineno, "picks from a list by something that is no number; write the number"
        return
    known = LOOP_FIELDS if _is_loop(node.node) else fields
    plain = "" if known else "write the value's name alone"
    if name not in known:
        yield node.lineno, f'asks for ".{name}", which no value has; {suggest(name, known, plain)}'


def _is_loop(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "loop"


@lru_cache(maxsize=512)
def names_used(source: str) -> frozenset[str]:
    """Return the values that a template asks for, wherever in it. It must be free of problems."""
    return frozenset(meta.find_undeclared_variables(_TEXT.parse(source)))


def plain_parts(source: str) -> str:
    """Return a template's text without its conditions, each value replaced by an address.

    So whatever a branch holds can be looked at, also one that no sample takes. An address is
    harmless wherever a value may stand. The template must be free of problems.
    """
    parts: list[str] = []
    for output in _HTML.parse(source).find_all(nodes.Output):
        for node in output.nodes:
            parts.append(node.data if isinstance(node, nodes.TemplateData) else "https://x")
    return "".join(parts)


@lru_cache(maxsize=512)
def _compiled(source: str, html: bool) -> jinja2.Template:
    return (_HTML if html else _TEXT).from_string(source)


def render(source: str, values: Mapping[str, Any], html: bool, longest: int) -> str:
    """Render a template that `source_problems` finds nothing wrong with.

    Parameters
    ----------
    values : mapping
        A value for each variable.
    html : bool
        Whether values are escaped.
    longest : int
        In characters.

    Raises
    ------
    RenderingError
        If it uses a value that is missing, or the result is too long.
    """
    parts: list[str] = []
    length = 0
    try:
        for part in _compiled(source, html).generate(**values):
            length += len(part)
            if length > longest:
                raise RenderingError(f"becomes longer than {longest:,} characters; shorten it")
            parts.append(part)
    except RenderingError:
        raise
    except Exception as error:  # whatever a template makes Python raise is the template's fault
        raise RenderingError(f"cannot be rendered: {error}") from error
    return "".join(parts)
