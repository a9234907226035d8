"""Settings from the environment or a `.env` file, each checked by name."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values

from cs_core.base.errors import SettingError
from cs_core.mail.addresses import Address, AddressError, parse_address, parse_addresses


@dataclass(frozen=True, repr=False)  # repr would put the secret key into logs and tracebacks
class Settings:
    """Where Supabase is and how to get in."""

    supabase_url: str
    supabase_publishable_key: str
    supabase_secret_key: str
    cs_base_url: str
    cs_api_per_minute: str = "240"

    @property
    def api_reads_per_minute(self) -> int:
        """How often a person's programs may read."""
        return int(self.cs_api_per_minute)

    @property
    def api_writes_per_minute(self) -> int:
        """How often they may write: rarer, since each write may be a mail."""
        return max(self.api_reads_per_minute // 4, 1)


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over, and how to get in."""

    host: str
    port: int
    tls_from_start: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class MailSettings:
    """What sending mail needs."""

    smtp: SmtpServer
    mail_from: Address
    alert_to: tuple[Address, ...]
    base_url: str


@dataclass(frozen=True)
class _Setting:
    name: str
    problem: Callable[[str], str | None]
    default: str | None = None


def _url_problem(example: str) -> Callable[[str], str | None]:
    def problem(value: str) -> str | None:
        try:
            parts = urlsplit(value)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
            _ = parts.port  # raises where it is none
        except ValueError:
            is_address = False
        return None if is_address else f"must be an address such as {example}"

    return problem


def _per_minute_problem(value: str) -> str | None:
    is_number = re.fullmatch(r"[1-9][0-9]{0,4}", value)
    return None if is_number else "must be a whole number from 1 to 99999: requests a minute"


def _base_url_problem(value: str) -> str | None:
    # Links are made of it: what follows is put behind it, and nothing in it is escaped.
    is_address = _PLAIN_URL.fullmatch(value) and not _url_problem("")(value)
    if not is_address or "@" in urlsplit(value).netloc:
        return (
            "must be an address such as https://success.example.com, in ASCII,"
            " with no space, sign-in, ? or # in it"
        )
    return None


def _is_on_this_machine(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().rstrip(".").rpartition(".")[2] == "localhost"
    return address.is_loopback or address.is_unspecified


def _reach_problem(base_url: str, smtp: SmtpServer) -> str | None:
    """Say why links in mails would not work for those who get them."""
    parts = urlsplit(base_url)
    if _is_on_this_machine(smtp.host):
        return None  # the demo, whose mail stays here
    if parts.scheme != "https" or _is_on_this_machine(parts.hostname or ""):
        return (
            "must begin with https:// and lead to where suppliers reach it, not to this machine:"
            f" mails that leave by {smtp.host} carry links to it"
        )
    return None


def _key_problem(prefix: str, role: str, other: str) -> Callable[[str], str | None]:
    def problem(value: str) -> str | None:
        if value.startswith(other):
            return f"holds the other key; it must be the {role} key ({prefix}...)"
        if not (value.isascii() and value.isprintable()) or " " in value:
            return "holds a character that no key has; copy it again, on one line"
        # Older projects have JWT keys (eyJ...) for the same two roles.
        if value.startswith((prefix, "eyJ")):
            return None
        return f"must be the project's {role} key; it starts with {prefix}"

    return problem


def _smtp_server(value: str) -> SmtpServer:
    """Read the address of a mail server; ValueError if it is none."""
    parts = urlsplit(value)
    user = unquote(parts.username, errors="strict") if parts.username else None
    password = unquote(parts.password, errors="strict") if parts.password else None
    if parts.scheme not in SMTP_PORTS or not parts.hostname:
        raise ValueError("no mail server")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.port == 0:
        raise ValueError("more than a mail server")
    for secret in (user, password):
        # The sign-in of SMTP knows no others.
        if secret and not (secret.isascii() and secret.isprintable()):
            raise ValueError("characters nobody can sign in with")
    if (user is None) != (password is None):
        raise ValueError("half a sign-in")
    port = parts.port or SMTP_PORTS[parts.scheme]
    return SmtpServer(parts.hostname, port, parts.scheme == "smtps", user, password)


def _smtp_problem(value: str) -> str | None:
    try:
        _smtp_server(value)
    except ValueError:
        # Not what is wrong with which part: a part of it is the password.
        return (
            "must be a mail server such as smtp://user:password@mail.example.com:587"
            " or smtps://...:465; leave user and password out together, and in them write"
            " / as %2F, @ as %40, % as %25"
        )
    return None


def _address_problem(value: str) -> str | None:
    try:
        address = parse_address(value).address
    except AddressError as error:
        return f"{error.reason}; it must be like WedSync Care <care@example.com>"
    if not address.isascii():
        return "holds a letter that not every mail server takes in the sender's address"
    return None


def _addresses_problem(value: str) -> str | None:
    try:
        parse_addresses(value)
    except AddressError as error:
        return f"{error.reason}; it must be one or several addresses, separated by commas"
    return None


_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9:\[\]/@!$&'()*+,;=._~%-]{1,500}")
SMTP_PORTS = {"smtp": 587, "smtps": 465}
SETTINGS = (
    _Setting("SUPABASE_URL", _url_problem("https://abcdefgh.supabase.co")),
    _Setting(
        "SUPABASE_PUBLISHABLE_KEY", _key_problem("sb_publishable_", "publishable", "sb_secret_")
    ),
    _Setting("SUPABASE_SECRET_KEY", _key_problem("sb_secret_", "secret", "sb_publishable_")),
    _Setting(
        "CS_BASE_URL",
        _base_url_problem,
        default="http://localhost:8501",
    ),
    _Setting("CS_API_PER_MINUTE", _per_minute_problem, default="240"),
)
MAIL_SETTINGS = (
    _Setting("CS_SMTP_URL", _smtp_problem),
    _Setting("CS_MAIL_FROM", _address_problem),
    _Setting("CS_ALERT_TO", _addresses_problem),
)


def load_settings(environment: Mapping[str, str] | None = None, folder: Path = Path()) -> Settings:
    """Read the settings; the environment goes before `.env`.

    Parameters
    ----------
    environment : mapping, optional
        Taken for the process environment (in tests).
    folder : Path
        Where a file `.env` may lie.

    Raises
    ------
    SettingError
        Naming the setting that is missing or wrong, and what it must be.
    """
    values = _read(SETTINGS, environment, folder)
    return Settings(
        **{
            name.lower(): value.rstrip("/") if name.endswith("URL") else value
            for name, value in values.items()
        }
    )


def load_mail_settings(
    environment: Mapping[str, str] | None = None, folder: Path = Path()
) -> MailSettings:
    """Read what sending mail needs, in the same way; see `load_settings`.

    `CS_BASE_URL` has to be given here, and one that only this machine reaches is refused unless
    the mail server is on this machine, too.

    Raises
    ------
    SettingError
        Naming the setting that is missing or wrong, and what it must be; never its value.
    """
    base_url = next(setting for setting in SETTINGS if setting.name == "CS_BASE_URL")
    needed = (*MAIL_SETTINGS, replace(base_url, default=None))
    values = _read(needed, environment, folder)
    smtp = _smtp_server(values["CS_SMTP_URL"])
    problem = _reach_problem(values["CS_BASE_URL"], smtp)
    if problem:
        raise SettingError(name="CS_BASE_URL", problem=problem)
    return MailSettings(
        smtp=smtp,
        mail_from=parse_address(values["CS_MAIL_FROM"]),
        alert_to=parse_addresses(values["CS_ALERT_TO"]),
        base_url=values["CS_BASE_URL"].rstrip("/"),
    )


def _read(
    settings: tuple[_Setting, ...], environment: Mapping[str, str] | None, folder: Path
) -> dict[str, str]:
    given = dict(os.environ if environment is None else environment)
    from_file = {k: v for k, v in dotenv_values(folder / ".env").items() if v is not None}
    values = {}
    for setting in settings:
        value = given.get(setting.name) or from_file.get(setting.name) or setting.default
        if not value:
            raise SettingError(
                name=setting.name, problem="is missing; put it into the environment or .env"
            )
        problem = setting.problem(value)
        if problem:
            raise SettingError(name=setting.name, problem=problem)
        values[setting.name] = value
    return values
