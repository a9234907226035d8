"""What contacts are called within sentences, and why one was held back.

The words for types, statuses, calls and outcomes are in `cs_core.base.vocabulary`.
"""

from dataclasses import dataclass

from cs_app.ui.formats import counted, whole_number

# One, many.
NOUNS = {
    "email": ("e-mail", "e-mails"),
    "call": ("call", "calls"),
    "in_app": ("message in the product", "messages in the product"),
}
CHANNELS = {"email": "by e-mail", "call": "by call", "in_app": "in the product"}
ICONS = {
    "email": ":material/mail:",
    "call": ":material/call:",
    "in_app": ":material/chat:",
}


@dataclass(frozen=True)
class Reason:
    """Why something was not sent, or was cancelled."""

    short: str  # to choose by, and where there is little room
    because: str  # what follows a colon, as in "Not sent: opted out of e-mail"
    # Of suppliers that are counted, one and many: "2 have opted out of e-mail".
    of_some: tuple[str, str] | None = None


REASONS = {
    "cool_down": Reason("Contacted lately", "contacted for this reason a short while ago"),
    "frequency_cap": Reason(
        "E-mail limit",
        "got as many e-mails lately as the outreach rules allow",
        (
            "was sent as many e-mails lately as the rules allow",
            "were sent as many e-mails lately as the rules allow",
        ),
    ),
    "opt_out": Reason(
        "Opted out",
        "opted out of e-mail",
        ("has opted out of e-mail", "have opted out of e-mail"),
    ),
    "no_address": Reason(
        "No address", "no e-mail address", ("has no e-mail address", "have no e-mail address")
    ),
    "open_call": Reason(
        "Open call",
        "a call is open already, and this reason was added to it",
        ("has a call planned already", "have a call planned already"),
    ),
    "holdout": Reason("Comparison group", "left alone on purpose, to compare with the others"),
    "recovered": Reason("Recovered", "doing better, so the reason is gone"),
    "supplier_left": Reason("Left or paused", "paused or left"),
    "by_person": Reason("Taken back", "taken back by the team"),
}
# Of suppliers that were selected and are no longer there; no intervention has this one.
GONE = ("is no longer there", "are no longer there")
A_RULE = "a rule of outreach holds it back"
ASK_ARRIVED = "It may have arrived; send it again only if it did not."


def of_some(reason: str, count: int) -> str:
    """Say what keeps some suppliers from being contacted, after them: "have opted out"."""
    known = REASONS.get(reason)
    both = GONE if reason == "gone" else known.of_some if known else None
    one, many = both or (
        "is held back by a rule of outreach",
        "are held back by a rule of outreach",
    )
    return one if count == 1 else many


def in_short(reason: str) -> str:
    """Say why something was held back in a word or two, where there is little room."""
    known = REASONS.get(reason)
    return known.short if known else "A rule"


def because(reason: str | None) -> str:
    """Say why something was held back, as what follows a colon."""
    known = REASONS.get(reason or "")
    return known.because if known else A_RULE


def undone_words(kind: str, undone: int, too_late: int) -> str:
    """Say what was taken back, and what could not be."""
    one, many = NOUNS[kind]
    words = f"{counted(undone, one, many)} taken back." if undone else "Nothing was taken back."
    if too_late:
        words += f" For {whole_number(too_late)} it was too late."
    return words
