"""Addresses inside the dashboard."""

from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

from cs_core.suppliers.filter import VIEWS, SupplierFilter, SupplierList

HOME = "/"
CHOOSE_PAGE = "/new-password"
LONGEST = 2500  # the address of any saved view


def safe_next(target: str | None) -> str:
    """Give a way back inside the dashboard, or its first page if the target is no such way.

    Parameters
    ----------
    target : str, optional
        A path with its query, from an address that anybody may have written.

    Returns
    -------
    str
        Begins with one slash; a browser cannot take it for another site's address.
    """
    if not target or len(target) > LONGEST or not target.startswith("/"):
        return HOME
    # Browsers take a backslash for a slash, and leave out tabs and line breaks.
    if target.startswith("//") or "\\" in target or any(not _is_plain(c) for c in target):
        return HOME
    try:
        parts = urlsplit(target)
    except ValueError:
        return HOME
    if parts.scheme or parts.netloc or parts.path.startswith(("/sign-", "/api/", "/_stcore")):
        return HOME
    return target


def sign_in_link(target: str | None = None) -> str:
    """Give the address of the sign-in page that leads back to a page afterwards."""
    back = safe_next(target)
    return "/sign-in" if back == HOME else f"/sign-in?next={quote(back, safe='')}"


def new_password_link(base_url: str) -> str:
    """Give the whole address of the page where a mail lets somebody choose a password."""
    return base_url.rstrip("/") + CHOOSE_PAGE


def suppliers_link(wanted: SupplierList | SupplierFilter) -> str:
    """Give the address of the supplier list with a filter, an order and a view."""
    return f"/suppliers{_query(wanted)}"


def export_link(wanted: SupplierList) -> str:
    """Give the address of the file with all suppliers of a list, in its order."""
    return f"/export/health.csv{_query(replace(wanted, page=1, view=VIEWS[0]))}"


def _query(wanted: SupplierList | SupplierFilter) -> str:
    query = urlencode(wanted.to_query(), doseq=True)
    return f"?{query}" if query else ""


def _is_plain(character: str) -> bool:
    return character.isprintable() and character != " "
