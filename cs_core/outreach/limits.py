"""What holds a wanted contact back, when the others happen, and what each is keyed by."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import narwhals as nw

from cs_core.base.frames import Frame
from cs_core.outreach.milestones import epoch_us
from cs_core.outreach.quiet_hours import leaves_at
from cs_core.outreach.rules import OutreachRules, next_working_moment

IS_EMAIL = nw.col("type") == "email"
IS_CALL = nw.col("type") == "call"
IS_PLANNED = nw.col("reason").is_null()


def suppress(rows: Frame, rules: OutreachRules) -> Frame:
    """Say which contacts do not happen, and why.

    Parameters
    ----------
    rows : Frame, shape (n_contacts, ...)
        Wanted contacts, a supplier's together, the most important first: `supplier_id`,
        `type`, `arm`, `cooling`, `opted_out`, `has_address`, `open_calls`, and `emails` the
        supplier was sent within the cap's window (null = none).

    Returns
    -------
    Frame, shape (n_contacts, ...)
        The rows with `reason`, null = it happens.

    Notes
    -----
    The cap, the opt-out, the address and the open call are judged twice: here for a page of a
    run, and in SQL inside the transaction that saves, because a person may ask for a contact
    between the reading of the facts and the saving of the page. In SQL they are
    `private.contact_obstacle` (what people ask for, one or many; `overrides_cap` lifts the cap
    alone) and the late look in `private.save_contacts` (a page of a run). Which e-mails count
    against the cap is said once, in `private.takes_mail_slot`.
    `tests/io/outreach/test_limits_twice.py` puts one table of cases through all of them.
    """
    treated = ~nw.col("cooling") & (nw.col("arm") == "treated")
    # Whoever is not known to have an address, or to want e-mails, gets none.
    unwilling = nw.col("opted_out").fill_null(True)
    unreachable = ~nw.col("has_address").fill_null(False)
    rows = rows.with_columns(
        __emails=(treated & IS_EMAIL & ~unwilling & ~unreachable).cast(nw.Int64),
        __calls=(treated & IS_CALL).cast(nw.Int64),
    )
    rows = rows.with_columns(
        __emails_before=_before("__emails") + nw.col("emails").fill_null(0),
        __calls_before=_before("__calls") + nw.col("open_calls").fill_null(0),
    )
    # The order of first importance: the reason that would remain if the later ones fell away.
    reason = (
        nw.when(nw.col("cooling"))
        .then(nw.lit("cool_down"))
        .when(nw.col("arm") == "holdout")
        .then(nw.lit("holdout"))
        .when(IS_CALL & (nw.col("__calls_before") > 0))
        .then(nw.lit("open_call"))
        .when(IS_EMAIL & unwilling)
        .then(nw.lit("opt_out"))
        .when(IS_EMAIL & unreachable)
        .then(nw.lit("no_address"))
        .when(IS_EMAIL & (nw.col("__emails_before") >= rules.emails))
        .then(nw.lit("frequency_cap"))
        .otherwise(nw.lit(None, dtype=nw.String))
    )
    return rows.with_columns(reason=reason)


def _before(name: str) -> nw.Expr:
    """Count a supplier's contacts of a kind that stand before a row.

    By running sums alone: a window function would join, which keeps no order.
    """
    before = nw.col(name).cum_sum() - nw.col(name)
    supplier = nw.col("supplier_id")
    is_first = (supplier != supplier.shift(1)).fill_null(True)
    # Running sums never fall, so the largest start so far is that of the row's supplier.
    return before - nw.when(is_first).then(before).otherwise(0).cum_max()


def schedule(rows: Frame, rules: OutreachRules, contact_at: datetime) -> Frame:
    """Add `scheduled_us`: messages at once, or when it is not quiet any more where the supplier
    is; calls at the supplier's next working moment.

    Microseconds since 1970 UTC; null for what does not happen.
    """
    zone = nw.col("timezone").fill_null("UTC")
    planned = rows.filter(IS_PLANNED)
    call_us = _per_zone(
        planned.filter(IS_CALL), lambda z: next_working_moment(contact_at, z, rules)
    )
    message_us = _per_zone(
        planned.filter(~IS_CALL), lambda z: leaves_at(contact_at, z, rules.quiet_hours)
    )
    moment = nw.when(IS_CALL).then(call_us(zone)).otherwise(message_us(zone))
    return rows.with_columns(scheduled_us=nw.when(IS_PLANNED).then(moment))


def _per_zone(rows: Frame, moment_in: Callable[[str], datetime]) -> Callable[[nw.Expr], nw.Expr]:
    """Return what looks a moment up by time zone; each is computed once."""
    # Never empty, because a column cannot be looked up in nothing.
    zones = sorted({"UTC", *rows.select(nw.col("timezone").fill_null("UTC"))["timezone"].to_list()})
    moments = [epoch_us(moment_in(zone)) for zone in zones]
    return lambda zone: zone.replace_strict(zones, moments, default=None, return_dtype=nw.Int64)


def add_keys(rows: Frame, rules: OutreachRules, score_date: date, contact_at: datetime) -> Frame:
    """Add `status` and `dedupe_key`: the same cause gives the same key, so is written once.

    A contact that is held back day after day is keyed by what holds it back: the last firing
    while it cools down, the last e-mail while the cap is reached. An e-mail of this very
    morning is of the UTC date of `contact_at`, which may not be the score's.
    """
    day, slash = nw.lit(score_date.isoformat()), nw.lit("/")
    this_day = contact_at.astimezone(UTC).date().isoformat()
    # A cap of none holds back for ever, and is said once.
    last = nw.col("last_email_on").fill_null(this_day) if rules.emails else nw.lit("off")
    playbook = nw.col("playbook")
    reason = nw.col("reason").fill_null("")
    key = (
        nw.when(playbook.is_null())
        .then(nw.concat_str(nw.lit("milestone/"), nw.col("milestone_type"), slash, nw.col("type")))
        .when(reason == "cool_down")
        .then(nw.concat_str(playbook, nw.lit("/cool_down/"), nw.col("fired_on")))
        .when(reason == "frequency_cap")
        .then(nw.concat_str(playbook, nw.lit("/email/frequency_cap/"), last))
        .otherwise(nw.concat_str(playbook, slash, day, slash, nw.col("type")))
    )
    status = nw.when(IS_PLANNED).then(nw.lit("planned")).otherwise(nw.lit("suppressed"))
    return rows.with_columns(dedupe_key=key, status=status)
