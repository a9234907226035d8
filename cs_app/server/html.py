"""Pages and tables as Jinja files, which stand beside the code that fills them."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent.parent),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    cache_size=-1,  # each is compiled once
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, **values: object) -> Markup:
    """Fill a file such as "today/movers.html"; what is not HTML yet is escaped."""
    return Markup(ENVIRONMENT.get_template(name).render(values))  # noqa: S704
