"""The address of the supplier list: the one place where filter, order, page and view live.

Widgets are set from it before they are drawn and write into it when they are used, so that a
link, a reload and the Back button all work. Streamlit's own `bind="query-params"` would put
labels with their icons and counts into the address.
"""

import hashlib
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from cs_app.ui.page_address import parameters
from cs_core.suppliers.filter import SupplierFilter, SupplierList


def read_list() -> SupplierList:
    """Read what the address asks for; unknown and wrong parameters are left out."""
    return SupplierList.from_query(parameters())


def put_list(wanted: SupplierList) -> None:
    """Write it into the address."""
    st.query_params.from_dict(wanted.to_query())


def put(**changed: Any) -> None:
    """Change order, page or view in the address; another order begins at the first page."""
    begin_again: dict[str, Any] = {"page": 1} if "sort" in changed else {}
    put_list(replace(read_list(), **begin_again, **changed))


def put_filter(**changed: Any) -> None:
    """Change fields of the filter in the address; the list begins at its first page."""
    now = read_list()
    put_list(replace(now, filter=replace(now.filter, **changed), page=1))


def clear_filter() -> None:
    """Take every filter out of the address."""
    put_list(replace(read_list(), filter=SupplierFilter(), page=1))


def to_text(wanted: SupplierList) -> str:
    """Give it as what follows the question mark, without the page: how a view is kept."""
    return urlencode(replace(wanted, page=1).to_query(), doseq=True)


def from_text(query: str) -> SupplierList:
    """Read what `to_text` gave, or anybody wrote."""
    return SupplierList.from_query(parse_qs(query, max_num_fields=300))


def key_of(wanted: SupplierList | SupplierFilter) -> str:
    """Give a short text that differs where the address does: for keys of widgets."""
    text = urlencode(wanted.to_query(), doseq=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
