"""Settings from the environment or a `.env` file, each checked by name."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from cs_core.errors import SettingError


@dataclass(frozen=True, repr=False)  # repr would put the secret key into logs and tracebacks
class Settings:
    """Where Supabase is and how to get in."""

    supabase_url: str
    supabase_publishable_key: str
    supabase_secret_key: str
    cs_base_url: str


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


SETTINGS = (
    _Setting("SUPABASE_URL", _url_problem("https://abcdefgh.supabase.co")),
    _Setting(
        "SUPABASE_PUBLISHABLE_KEY", _key_problem("sb_publishable_", "publishable", "sb_secret_")
    ),
    _Setting("SUPABASE_SECRET_KEY", _key_problem("sb_secret_", "secret", "sb_publishable_")),
    _Setting(
        "CS_BASE_URL",
        _url_problem("https://success.example.com"),
        default="http://localhost:8501",
    ),
)


def load_settings(environment: Mapping[str, str] | None = None, folder: Path = Path()) -> Settings:
    """Read the settings; the environment goes before `.env`.

    Parameters
    ----------
    environment : mapping, optional
        Taken for the process environment (in tests).
    folder : Path
        Where a file `.env` may lie.

    Returns
    -------
    Settings

    Raises
    ------
    SettingError
        Naming the setting that is missing or wrong, and what it must be.
    """
    given = dict(os.environ if environment is None else environment)
    from_file = {k: v for k, v in dotenv_values(folder / ".env").items() if v is not None}
    values = {}
    for setting in SETTINGS:
        value = given.get(setting.name) or from_file.get(setting.name) or setting.default
        if not value:
            raise SettingError(
                name=setting.name, problem="is missing; put it into the environment or .env"
            )
        problem = setting.problem(value)
        if problem:
            raise SettingError(name=setting.name, problem=problem)
        values[setting.name.lower()] = value.rstrip("/") if setting.name.endswith("URL") else value
    return Settings(**values)
