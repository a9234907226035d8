"""The settings of mail: read, checked by name, and never shown with the password."""

from pathlib import Path

import pytest

from cs_core.base.errors import SettingError
from cs_core.io.base.config import MAIL_SETTINGS, SmtpServer, load_mail_settings, load_settings
from cs_core.mail.addresses import Address

GIVEN = {
    "CS_SMTP_URL": "smtp://care%40wedsync.example:p%2Fw%3A%25@mail.example.com:2525",
    "CS_MAIL_FROM": "WedSync Care <care@wedsync.example>",
    "CS_ALERT_TO": "cs-team@wedsync.example, Ann <ann@wedsync.example>",
    "CS_BASE_URL": "https://success.example.com/",
}


def test_all_of_them_are_read_and_percent_signs_decoded() -> None:
    mail = load_mail_settings(GIVEN)
    assert mail.smtp == SmtpServer("mail.example.com", 2525, False, "care@wedsync.example", "p/w:%")
    assert mail.mail_from == Address("WedSync Care", "care@wedsync.example")
    assert mail.alert_to == (
        Address("", "cs-team@wedsync.example"),
        Address("Ann", "ann@wedsync.example"),
    )
    assert mail.base_url == "https://success.example.com"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587, False)),
        ("smtps://mail.example.com", SmtpServer("mail.example.com", 465, True)),
        ("SMTPS://mail.example.com:2465/", SmtpServer("mail.example.com", 2465, True)),
        ("smtp://[::1]:25", SmtpServer("::1", 25, False)),
        ("smtp://me:a:b@mail.example.com", SmtpServer("mail.example.com", 587, False, "me", "a:b")),
    ],
)
def test_a_mail_server_has_a_usual_port_and_may_need_no_sign_in(
    url: str, server: SmtpServer
) -> None:
    assert load_mail_settings(GIVEN | {"CS_SMTP_URL": url}).smtp == server


# ============ where links lead ============

PLAIN = {
    "SUPABASE_URL": "https://abcdefgh.supabase.co",
    "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_x",
    "SUPABASE_SECRET_KEY": "sb_secret_x",
}


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8501",
        "https://localhost",
        "https://LOCALHOST./",
        "https://dev.localhost",
        "https://127.0.0.1",
        "https://127.9.9.9:8501",
        "https://[::1]",
        "https://0.0.0.0",
        "http://success.example.com",
    ],
)
def test_links_that_only_this_machine_can_follow_go_into_no_mail_that_leaves_it(url: str) -> None:
    with pytest.raises(SettingError, match="Setting CS_BASE_URL must begin with https://"):
        load_mail_settings(GIVEN | {"CS_BASE_URL": url})
    for here in ("127.0.0.1", "localhost", "[::1]"):
        given = GIVEN | {"CS_BASE_URL": url, "CS_SMTP_URL": f"smtp://{here}:2525"}
        assert load_mail_settings(given).base_url == url.rstrip("/")
    assert load_settings(PLAIN | {"CS_BASE_URL": url}).cs_base_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://success.example.com?a=1",
        "https://success.example.com/#x",
        "https://success.example.com/a b",
        "https://success.example.com\n",
        "https://bücher.example",
        "https://me:secret@success.example.com",
        "https://success.example.com/{token}",
        'https://success.example.com/"x"',
        "HTTPS://success.example.com",
        "https://[::1",
        "https://x:99999",
        "https:///path",
        "https://" + "x" * 600,
    ],
)
def test_what_no_link_can_be_made_of_is_refused(url: str) -> None:
    for load in (load_settings, load_mail_settings):
        with pytest.raises(SettingError, match="Setting CS_BASE_URL must be an address") as caught:
            load(PLAIN | GIVEN | {"CS_BASE_URL": url})
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://cs.example.com:8443/success", "https://xn--bcher-kva.example/a%20b"]
)
def test_a_path_and_a_port_may_be_in_it(url: str) -> None:
    assert load_mail_settings(GIVEN | {"CS_BASE_URL": url}).base_url == url


# ============ all of them ============


def test_the_password_is_in_no_repr() -> None:
    assert "p/w" not in repr(load_mail_settings(GIVEN))
    assert "p%2Fw" not in repr(load_mail_settings(GIVEN))


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com:587",
        "http://mail.example.com",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example.com:99999",
        "smtp://mail.example.com:0",
        "smtp://mail.example.com:abc",
        "smtp://[::1",
        "smtp://mail.example.com/inbox",
        "smtp://mail.example.com?tls=1",
        "smtp://me@mail.example.com",
        "smtp://me:@mail.example.com",
        "smtp://:hunter2@mail.example.com",
        "smtp://me:hunter2/x@mail.example.com",
        "smtp://me:hunter2#x@mail.example.com",
        "smtp://me:hunter2%0D%0A@mail.example.com",
        "smtp://me:hunter2%FF@mail.example.com",
        "smtp://me:hunter2\u00e9@mail.example.com",
    ],
)
def test_what_is_no_mail_server_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(SettingError, match="Setting CS_SMTP_URL must be a mail server") as caught:
        load_mail_settings(GIVEN | {"CS_SMTP_URL": url})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("CS_MAIL_FROM", "care", "has no @; it must be like WedSync Care <care@example.com>"),
        ("CS_MAIL_FROM", "a@x.example, b@x.example", "is a list"),
        ("CS_MAIL_FROM", "care@x.example\nBcc: a@x.example", "holds a line break"),
        ("CS_MAIL_FROM", "zoë@x.example", "not every mail server takes"),
        ("CS_ALERT_TO", "team", "has no @; it must be one or several addresses"),
        ("CS_ALERT_TO", "a@x.example,,b@x.example", "is empty"),
        ("CS_BASE_URL", "success.example.com", "must be an address"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_must_be(name: str, value: str, problem: str) -> None:
    with pytest.raises(SettingError, match=f"Setting {name} .*{problem}") as caught:
        load_mail_settings(GIVEN | {name: value})
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [*(setting.name for setting in MAIL_SETTINGS), "CS_BASE_URL"])
def test_each_of_them_has_to_be_given(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f"Setting {name} is missing"):
        load_mail_settings(GIVEN | {name: ""}, tmp_path)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    lines = [f"{name}='{value}'" for name, value in GIVEN.items()]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert load_mail_settings({}, tmp_path) == load_mail_settings(GIVEN)
    other = load_mail_settings({"CS_MAIL_FROM": "other@wedsync.example"}, tmp_path)
    assert other.mail_from == Address("", "other@wedsync.example")
    assert other.smtp.port == 2525


def test_who_sends_no_mail_needs_none_of_them() -> None:
    settings = load_settings(PLAIN | {"CS_SMTP_URL": "nonsense"})
    assert settings.cs_base_url == "http://localhost:8501"


@pytest.mark.parametrize("wrong", ["0", "-5", "many", "1.5", "100000", " 5"])
def test_the_allowance_of_the_api_is_a_number_and_named_where_it_is_none(wrong: str) -> None:
    with pytest.raises(SettingError, match="Setting CS_API_PER_MINUTE must be a whole number"):
        load_settings(PLAIN | {"CS_API_PER_MINUTE": wrong})


@pytest.mark.parametrize(
    ("given", "reads", "writes"), [("1", 1, 1), ("7", 7, 1), ("400", 400, 100)]
)
def test_a_quarter_of_the_allowance_may_write(given: str, reads: int, writes: int) -> None:
    settings = load_settings(PLAIN | {"CS_API_PER_MINUTE": given})
    assert (settings.api_reads_per_minute, settings.api_writes_per_minute) == (reads, writes)
