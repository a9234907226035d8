"""The database's look at an address: the same as what writes the mail."""

import psycopg
import pytest

from cs_core.mail.addresses import AddressError, parse_address

ADDRESSES = (
    *("rowan@x.example", " rowan@x.example ", "O'Neill+weddings_1@a-b.c.example", "ann@X.EXAMPLE"),
    *("zoë@x.example", "ann@bücher.example", "info@straße.example", "info@डाटामेल.भारत"),
    *("a@cafe\u0301.example", "a@xn--bcher-kva.example", "a@почта。рф", "a_b@a_b.example"),
    *("", "  ", "rowan", "rowan@", "@x.example", "rowan@x", "a@b@x.example", "a b@x.example"),
    *("a@x.example, b@x.example", "a@x.example;b@x.example", ".a@x.example", "a..b@x.example"),
    *("a.@x.example", "a@-x.example", "a@x-.example", "a@x..example", "a@x.example.", "a@.example"),
    *("a@[127.0.0.1]", "a@x.example:25", "a(b)@x.example", 'a"b@x.example', "a\\b@x.example"),
    *("ca\u2060re@x.example", "ca\u200dre@x.example", "a@x\u202ey.example", "a@e\u00adx.example"),
    *("rowan@x.example\r\nBcc: b@x.example", "rowan\t@x.example", "a@x\u2028y.example"),
    *(f"{'x' * 64}@x.example", f"{'x' * 65}@x.example", f"a@{'x' * 63}.example"),
    *(f"a@{'x' * 64}.example", f"x@{'a.' * 126}example", f"x@{'a.' * 122}example"),
)


def can_be_parsed(address: str) -> bool:
    try:
        return parse_address(address).name == ""
    except AddressError:
        return False


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_one_for_the_database_where_it_is_one_for_the_mail(
    sql: psycopg.Connection[tuple[bool]], address: str
) -> None:
    found = sql.execute("select private.has_address(%s)", (address,)).fetchone()
    assert found == (can_be_parsed(address),)
