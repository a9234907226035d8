"""Tables of pyarrow, which rules take and return, as frames that narwhals' expressions run on."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import pyarrow as pa

from cs_core.base.errors import MissingColumns

Frame = nw.DataFrame[Any]


def to_frame(table: pa.Table) -> Frame:
    """Wrap a table; `to_native` of what becomes of it is a table again."""
    return nw.from_native(table, eager_only=True)


def require_columns(table: pa.Table, what: str, columns: Iterable[str]) -> None:
    """Raise `MissingColumns`, which says what needs them, unless all columns are there."""
    if missing := [name for name in columns if name not in table.column_names]:
        raise MissingColumns(what=what, columns=", ".join(missing))
