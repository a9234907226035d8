"""Which suppliers a list shows, and how that is written in an address."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cs_core.base.vocabulary import RISK_LEVELS

# Worst first, best first, largest drop in 7 days first, least and most revenue first, from A
# on, longest without a login first.
SORTS = ("score", "-score", "change", "revenue", "-revenue", "name", "login")
VIEWS = ("table", "tiles")
LONGEST_TEXT = 100
MOST_CHOICES = 50  # of one field
MOST_DAYS = 3650
LAST_PAGE = 10_000

Query = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class SupplierFilter:
    """Which suppliers are meant: those that match every field that is set.

    Of paused and churned suppliers none ever is.
    """

    levels: tuple[str, ...] = ()  # any of these; nothing = all, those without a score too
    # Any of them; nothing = all.
    tiers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    # The id of a person, `none` for suppliers that nobody looks after, or `me`, which `for_person`
    # turns into an id.
    owner: str | None = None
    # Both included.
    score_from: int | None = None
    score_to: int | None = None
    silent_days: int | None = None  # last login at least so many days ago, or never
    trial: bool | None = None
    open_call: bool | None = None  # whether a call is in the queue
    not_contacted_days: int | None = None  # no e-mail sent and no call made in so many days
    # Every word of it is in the name or the e-mail address; case and accents do not matter.
    text: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all suppliers match."""
        return self == SupplierFilter()

    def for_person(self, person_id: str) -> "SupplierFilter":
        """Return the same filter with `me` replaced by a person's id."""
        return replace(self, owner=person_id) if self.owner == "me" else self

    def to_dict(self) -> dict[str, Any]:
        """Return what the database takes: the fields that are set.

        Raises ValueError if the owner is still `me`.
        """
        if self.owner == "me":
            raise ValueError("whose suppliers is not said yet; call for_person first")
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        known = {name: value for name, value in fields.items() if value not in (None, ())}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in known.items()
        }

    def to_query(self) -> dict[str, list[str]]:
        """Return the filter as parameters of an address, in a fixed order."""
        score = None
        if self.score_from is not None or self.score_to is not None:
            low, high = (
                ("" if end is None else str(end)) for end in (self.score_from, self.score_to)
            )
            score = f"{low}-{high}"
        parts: dict[str, list[str]] = {
            "risk": list(self.levels),
            "tier": list(self.tiers),
            "category": list(self.categories),
            "owner": _listed(self.owner),
            "score": _listed(score),
            "silent": _listed(self.silent_days),
            "trial": _listed(_YES_NO.get(self.trial)),
            "call": _listed(_YES_NO.get(self.open_call)),
            "quiet": _listed(self.not_contacted_days),
            "q": _listed(self.text),
        }
        return {name: values for name, values in parts.items() if values}

    @classmethod
    def from_query(cls, query: Query) -> "SupplierFilter":
        """Read the parameters of an address; unknown ones and bad values are dropped."""
        low, high = _read_range(_first(query, "score"))
        asked = _all(query, "risk")
        return cls(
            levels=tuple(level for level in RISK_LEVELS if level in asked),
            tiers=_read_names(_all(query, "tier")),
            categories=_read_names(_all(query, "category")),
            owner=_read_owner(_first(query, "owner")),
            score_from=low,
            score_to=high,
            silent_days=_read_number(_first(query, "silent"), 1, MOST_DAYS),
            trial=_read_yes_no(_first(query, "trial")),
            open_call=_read_yes_no(_first(query, "call")),
            not_contacted_days=_read_number(_first(query, "quiet"), 1, MOST_DAYS),
            text=_read_text(_first(query, "q")),
        )


@dataclass(frozen=True)
class SupplierList:
    """All that the address of the supplier list says: which suppliers, in what order, how shown.

    What is as by default is not written.
    """

    filter: SupplierFilter = field(default_factory=SupplierFilter)
    sort: str = SORTS[0]
    page: int = 1
    view: str = VIEWS[0]

    def to_query(self) -> dict[str, list[str]]:
        """Return it as parameters of an address."""
        query = self.filter.to_query()
        for name, value, usual in (
            ("sort", self.sort, SORTS[0]),
            ("view", self.view, VIEWS[0]),
            ("page", self.page, 1),
        ):
            if value != usual:
                query[name] = [str(value)]
        return query

    @classmethod
    def from_query(cls, query: Query) -> "SupplierList":
        """Read the parameters of an address; unknown ones and bad values are dropped."""
        sort, view = _first(query, "sort"), _first(query, "view")
        return cls(
            filter=SupplierFilter.from_query(query),
            sort=sort if sort in SORTS else SORTS[0],
            page=_read_number(_first(query, "page"), 1, LAST_PAGE) or 1,
            view=view if view in VIEWS else VIEWS[0],
        )


_YES_NO: dict[bool | None, str] = {True: "yes", False: "no"}


def _listed(value: object) -> list[str]:
    return [] if value is None else [str(value)]


def _all(query: Query, name: str) -> list[str]:
    found = query.get(name, ())
    return [found] if isinstance(found, str) else list(found)


def _first(query: Query, name: str) -> str:
    return next(iter(_all(query, name)), "")


def _read_names(texts: list[str]) -> tuple[str, ...]:
    # Names are the product's own: anything may be one. Each once, in the order given.
    names = dict.fromkeys(text for text in texts if text.strip() and _is_storable(text))
    return tuple(name for name in names if len(name) <= 200)[:MOST_CHOICES]


def _read_owner(text: str) -> str | None:
    if text in ("me", "none"):
        return text
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


def _read_number(text: str, least: int, most: int) -> int | None:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return int(text) if least <= int(text) <= most else None


def _read_range(text: str) -> tuple[int | None, int | None]:
    match = re.fullmatch(r"([0-9]{0,3})-([0-9]{0,3})", text)
    if match is None:
        return None, None
    low, high = (_read_number(end, 0, 100) for end in match.groups())
    is_wrong = any(
        text and end is None for text, end in zip(match.groups(), (low, high), strict=True)
    ) or (low is not None and high is not None and low > high)
    return (None, None) if is_wrong else (low, high)


def _read_yes_no(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


def _read_text(text: str) -> str | None:
    words = " ".join(text.split())
    return words[:LONGEST_TEXT].strip() or None if _is_storable(words) else None


def _is_storable(text: str) -> bool:
    """Tell what a database takes from what none does: NUL and halves of surrogate pairs."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
