"""The team in words."""

from datetime import datetime

from markupsafe import Markup

from cs_app.ui.formats import counted
from cs_app.ui.markup import quiet, when, why
from cs_core.base.html import fill, together
from cs_core.base.vocabulary import ROLES
from cs_core.io.people.team import Member

WHAT_ROLES_DO = {
    "admin": "Admin: acts, and changes the settings",
    "analyst": "Analyst: reads and exports, changes nothing",
}
ONLY_ADMIN = "the only admin: make somebody else one before you change that"


def team_in_words(team: list[Member]) -> str:
    """Say who there is: "5 people: 2 admins, 3 analysts"."""
    admins = sum(one.role == "admin" for one in team)
    parts = [counted(admins, "admin"), counted(len(team) - admins, "analyst")]
    people = counted(len(team), "person", "people")
    return f"{people}: {', '.join(part for part in parts if not part.startswith('0'))}."


def member_html(one: Member, now: datetime, zone: str | None, *, is_last_admin: bool) -> Markup:
    """Write who somebody is and when they were here."""
    said = [*_seen(one, now, zone), *([ONLY_ADMIN] if is_last_admin else [])]
    me = " " + quiet("(you)") if one.is_me else ""
    address = " " + quiet(one.email) if one.email and one.email != one.name else ""
    pattern = '<p class="cs-person"><b>{}</b>{} <span class="cs-in-force">{}</span>{}</p>{}'
    about = why(together(said, " · "))
    return fill(pattern, one.name, me, ROLES[one.role], address, about)


def _seen(one: Member, now: datetime, zone: str | None) -> list[str]:
    parts: list[str] = []
    if one.last_sign_in_at is not None:
        parts.append(fill("Signed in {}", when(one.last_sign_in_at, now, zone)))
    elif one.invited_at is not None:
        parts.append(fill("Invited {}, not here yet", when(one.invited_at, now, zone)))
    else:
        parts.append("Never signed in")
    if one.open_sessions:
        parts.append(f"signed in on {counted(one.open_sessions, 'browser')} now")
    if one.suppliers:
        parts.append(f"looks after {counted(one.suppliers, 'supplier')}")
    return parts


def role_question(one: Member, role: str) -> list[str]:
    """Say what another role does, a sentence each."""
    if role == "admin":
        return [
            f"{one.name} may then contact suppliers, change the settings, and invite and remove"
            " people, you included.",
            "It holds at once.",
        ]
    told = [
        f"{one.name} may then read and export, and change nothing any more. It holds at once: open"
        " pages lose their buttons with the next click."
    ]
    return [*told, _myself("you cannot take it back yourself")] if one.is_me else told


def removal_question(one: Member) -> list[str]:
    """Say what removing somebody does, a sentence each."""
    browsers = counted(one.open_sessions, "browser")
    where = f" on {browsers}," if one.open_sessions else ""
    told = [
        f"{one.name} can see nothing of this dashboard any more. They are signed out{where} at the"
        " next click."
    ]
    if one.suppliers:
        told.append(f"{counted(one.suppliers, 'supplier')} they look after will have no owner.")
    told.append(
        "What they did stays in the history with their name. Their sign-in itself stays, as it"
        " may be the product's, too; it opens nothing here."
    )
    return (
        [*told, _myself("you are signed out at once, and another admin has to let you in again")]
        if one.is_me
        else told
    )


def _myself(what: str) -> str:
    return f"This is your own account: {what}."
