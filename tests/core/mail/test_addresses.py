"""What counts as an e-mail address, and what is refused with which reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_core.mail.addresses import (
    Address,
    AddressError,
    clean_line,
    is_address,
    parse_address,
    parse_addresses,
)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("care@x.example", "", "care@x.example"),
        ("  care@x.example ", "", "care@x.example"),
        ("<care@x.example>", "", "care@x.example"),
        ("WedSync Care <care@x.example>", "WedSync Care", "care@x.example"),
        ('"Rowan, Fox; & Co" <care@x.example>', "Rowan, Fox; & Co", "care@x.example"),
        ('"Rowan \\"Ro\\" Fox" <care@x.example>', 'Rowan "Ro" Fox', "care@x.example"),
        ('""<care@x.example>', "", "care@x.example"),
        ("Zoë Łukasz <zoë@bücher.example>", "Zoë Łukasz", "zoë@bücher.example"),
        ("O'Neill+weddings_1@a-b.c.example", "", "O'Neill+weddings_1@a-b.c.example"),
        ("Care@X.EXAMPLE", "", "Care@X.EXAMPLE"),
    ],
)
def test_an_address_is_read_with_its_name_and_without(text: str, name: str, address: str) -> None:
    assert parse_address(text) == Address(name, address)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("care", "has no @"),
        ("care@", "has no domain"),
        ("@x.example", "has nothing before the @"),
        ("Care <>", "has no @"),
        ("care@localhost", "has a domain without a dot"),
        ("a@b@x.example", "has more than one @"),
        ("ca re@x.example", "holds a space"),
        ("Care < care@x.example>", "holds a space"),
        ("care@x.example\nBcc: all@x.example", "holds a line break"),
        ("care@x.example\r", "holds a line break"),
        ("care\x00@x.example", "control character"),
        ("care\x85@x.example", "control character"),
        ("Care\u2028<care@x.example>", "control character"),
        ("care\ud800@x.example", "control character"),
        ("a@x.example, b@x.example", "is a list"),
        ("a@x.example; b@x.example", "is a list"),
        ("Rowan, Fox <care@x.example>", "is a list"),
        ("a@x.example,", "is a list"),
        ("Care <a@x.example> <b@x.example>", "holds a space"),
        ("Care <a@x.example> b", "holds a space"),
        ("<<care@x.example>>", "is not allowed"),
        (".care@x.example", "has a dot too many"),
        ("care.@x.example", "has a dot too many"),
        ("ca..re@x.example", "has a dot too many"),
        ("care@x..example", "has a domain that cannot exist"),
        ("care@.example", "has a domain that cannot exist"),
        ("care@x.example.", "has a domain that cannot exist"),
        ("care@-x.example", "has a domain that cannot exist"),
        ("care@x_y-.example", "has a domain that cannot exist"),
        ("care@[127.0.0.1]", "has a domain that cannot exist"),
        ("care@x.example:25", "has a domain that cannot exist"),
        (f"care@{'x' * 64}.example", "has a domain that cannot exist"),
        ("care@☃.example", "has a domain that cannot exist"),
        ("care@x。.example", "has a domain that cannot exist"),
        ("ca\u2060re@x.example", "holds an invisible character"),
        ("ca\u200dre@x.example", "holds an invisible character"),
        ("care@x\u202eelpmaxe.com", "holds an invisible character"),
        ("care@ex\u00adample.com", "holds an invisible character"),
        (f"{'x' * 65}@x.example", "more than 64 characters before the @"),
        (f"x@{'a.' * 126}example", "is longer than 254 characters"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(AddressError, match=reason) as caught:
        parse_address(text)
    assert reason in caught.value.reason


def test_the_refusal_does_not_repeat_the_address() -> None:
    with pytest.raises(AddressError) as caught:
        parse_address("rowan.fox@secret place.example")
    assert "rowan" not in str(caught.value)


def test_an_address_may_be_as_long_as_smtp_takes_and_no_longer() -> None:
    longest = f"{'x' * 64}@{'a' * 63}.{'b' * 63}.{'c' * 53}.example"
    assert len(longest) == 254
    assert is_address(longest)
    assert not is_address(longest.replace("@", "@a"))


def test_several_addresses_stand_between_commas() -> None:
    assert parse_addresses('a@x.example, "Fox, Ann" <b@x.example>') == (
        Address("", "a@x.example"),
        Address("Fox, Ann", "b@x.example"),
    )
    with pytest.raises(AddressError, match="is empty"):
        parse_addresses("a@x.example,")


@pytest.mark.parametrize("text", ["Care <care@x.example>", " care@x.example", "care@x.example\n"])
def test_only_the_bare_address_is_one(text: str) -> None:
    assert not is_address(text)
    assert is_address("care@x.example")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Rowan & Fox", "Rowan & Fox"),
        (" Rowan \r\n\t Fox\x00", "Rowan Fox"),
        ("a\x85b\u2028c\u2029d\x0be", "a b c d e"),
        ("👰🏽‍♀️ Zoë", "👰🏽‍♀️ Zoë"),
        ("half \ud83d", "half"),
        ("\u202egro.live \u2066a\u2069\u200f", "gro.live a"),
    ],
)
def test_any_text_becomes_one_line(text: str, line: str) -> None:
    assert clean_line(text) == line


def test_a_line_is_cut_where_it_gets_too_long() -> None:
    assert clean_line("Rowan Fox", 6) == "Rowan"


@given(st.text())
def test_a_clean_line_is_one_line_that_can_be_encoded(text: str) -> None:
    line = clean_line(text)
    assert len(line.splitlines()) <= 1
    assert clean_line(line) == line
    line.encode()


@given(st.text(alphabet='ab.@<>,;" \\\n\u00e9-', max_size=30))
def test_what_is_taken_for_an_address_is_one_and_bare(text: str) -> None:
    try:
        found = parse_address(text)
    except AddressError:
        assert not is_address(text)
        return
    assert is_address(found.address)
    assert found.address in text
    assert is_address(text) == (text == found.address)
