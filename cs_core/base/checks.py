"""What the checks of definitions written by people (JSON) have in common."""

import re
import reprlib
import unicodedata
from collections.abc import Container, Generator, Iterable, Mapping
from difflib import get_close_matches
from itertools import chain, count
from typing import Any

Problem = tuple[str, str]

LONGEST_NAME = 60
NAME_PATTERN = rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}"
NAME_RULE = (
    "be lower-case letters, digits and _, beginning with a letter,"
    f" at most {LONGEST_NAME} characters"
)


def name_from(title: str) -> str:
    """Make a name out of a title: quiet_florists of "Quiet florists", none without letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).lstrip("_0123456789")
    return name[:LONGEST_NAME].rstrip("_")


def free_name(title: str, taken: Container[str]) -> str:
    """Make a name out of a title that is not taken: quiet_florists_2 where the first one is."""
    name = name_from(title)
    begin = name[: LONGEST_NAME - 4].rstrip("_")
    others = (f"{begin}_{number}" for number in count(2))
    return next(one for one in chain([name], others) if one not in taken)


def must(rule: str, value: object) -> str:
    """Say what a value must do, and what it is instead."""
    return f"must {rule}, not {reprlib.repr(value)}"


def is_number(value: Any) -> bool:
    """Tell a finite number from everything else JSON and Python would let pass as one."""
    # bool is an int to Python; the comparison also refuses NaN, infinity and overflow.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e9


def is_whole(value: Any, low: int, high: int) -> bool:
    """Tell whether a value is a whole number from low to high; 1.0 and True are not."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def check_keys(
    what: str, path: str, data: Any, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Generator[Problem, None, frozenset[str]]:
    """Name missing and unknown keys; return the known ones that are there.

    `path` is empty for the definition itself, which `what` then names.
    """
    known = (*required, *optional)
    if not isinstance(data, Mapping):
        yield path or what, must(f"be an object with {', '.join(known)}", data)
        return frozenset()
    prefix = f"{path}." if path else ""
    for key in required:
        if key not in data:
            yield f"{prefix}{key}", "is missing; add it"
    for key in data:
        if key not in known:
            yield f"{prefix}{key}", f"is not known; {suggest(key, known, 'remove it', data)}"
    return frozenset(known).intersection(data)


def suggest(
    value: Any, known: Iterable[str], otherwise: str = "", taken: Container[str] = ()
) -> str:
    """Ask whether the nearest known word was meant, if it is not taken, and list them all."""
    words = list(known)
    free = [word for word in words if word not in taken]
    near = get_close_matches(value, free, n=1) if isinstance(value, str) else []
    question = f'did you mean "{near[0]}"?' if near else otherwise
    listed = f"(known: {', '.join(words)})" if words else ""
    return f"{question} {listed}".strip()
