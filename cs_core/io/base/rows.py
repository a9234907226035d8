"""Rows of the database as dataclasses: instants and dates parsed, lists as tuples."""

import datetime as dt
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_record(kind: type[T], row: Mapping[str, Any], /, **others: Any) -> T:
    """Build a dataclass from a JSON object.

    Parameters
    ----------
    kind : type
        A dataclass. Fields of type datetime, date, int, float and tuple are converted.
    row : mapping
        By the names of the fields; a field it lacks is left to the dataclass's default.
    **others
        Fields that are not in the row, or replace what is there.
    """
    readers = _readers(kind)  # type: ignore[arg-type]  # a class can be hashed
    given = {name: read(row[name]) for name, read in readers.items() if name in row}
    return kind(**given | others)


def to_filter(chosen: Any) -> dict[str, str]:
    """Give what SQL takes of a filter: what says something; UTC days, both included, as instants.

    `chosen`: a dataclass, with `since` and `until` among its fields.
    """
    given = {name: str(value) for name, value in vars(chosen).items() if value}
    if "since" in given:
        given["since"] += "T00:00:00Z"
    if given.pop("until", None):
        given["before"] = f"{chosen.until + dt.timedelta(days=1)}T00:00:00Z"
    return given


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if isinstance(hint, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    convert = _CONVERTERS.get(get_origin(hint) or hint, _keep)
    return lambda value: None if value is None else convert(value)


def _keep(value: Any) -> Any:
    return value


_CONVERTERS: dict[Any, Callable[[Any], Any]] = {
    dt.datetime: dt.datetime.fromisoformat,
    dt.date: dt.date.fromisoformat,
    float: float,
    int: int,
    tuple: tuple,
}
