"""The hour at which a demo world's history ends, and its daily runs begin."""

import datetime as dt

MORNING = dt.time(6, tzinfo=dt.UTC)


def last_morning(now: dt.datetime) -> dt.date:
    """Give the newest day whose morning is over: nothing that is made up lies in the future.

    Parameters
    ----------
    now : datetime
        With a time zone.
    """
    return (now.astimezone(dt.UTC) - dt.timedelta(hours=MORNING.hour)).date()
