"""Which day a score belongs to."""

import datetime as dt


def score_date(as_of: dt.datetime) -> dt.date:
    """Return the day that a score of an instant belongs to.

    Parameters
    ----------
    as_of : datetime
        The aware instant a score speaks for: only what happened before it is read.

    Returns
    -------
    date
        The UTC date of the last instant before it, so that the end of a day is still that day.
    """
    return (as_of - dt.timedelta(microseconds=1)).astimezone(dt.UTC).date()
