"""Which suppliers conditions hold for."""

import narwhals as nw

from cs_core.outreach.conditions import check_conditions, to_expression
from cs_core.outreach.facts import join_facts
from tests.support.outreach_plans import facts_of, scored, supplier


def holds(conditions, open_calls=(), **figures):
    """Whether conditions hold for a perfect supplier with these figures."""
    row = supplier(**figures)
    frame = join_facts(scored([row]), facts_of([row], open_calls=list(open_calls)))
    return matching(frame, conditions) == ["s"]


def matching(frame, conditions):
    assert check_conditions(conditions, "conditions") == []
    kept = frame.with_columns(holds=to_expression(conditions))
    assert kept["holds"].null_count() == 0
    return sorted(kept.filter(nw.col("holds"))["supplier_id"].to_list())


def figures(*values):
    """A frame of suppliers "0", "1" ... with these days since sign-up."""
    rows = [supplier(supplier_id=str(i), days_since_sign_up=v) for i, v in enumerate(values)]
    return join_facts(scored(rows), facts_of(rows))
