"""Which suppliers conditions hold for, on every kind of table they are asked of."""

import duckdb
import narwhals as nw

from cs_core.outreach.conditions import check_conditions, to_expression
from cs_core.outreach.facts import join_facts
from tests.support.outreach_plans import facts_of, scored, supplier


def holds(conditions, backend="pyarrow", open_calls=(), **figures):
    """Whether conditions hold for a perfect supplier with these figures."""
    row = supplier(**figures)
    table = join_facts(scored([row]), facts_of([row], open_calls=list(open_calls))).to_native()
    return matching(table, conditions, backend) == ["s"]


def matching(table, conditions, backend="pyarrow"):
    assert check_conditions(conditions, "conditions") == []
    native = {"pyarrow": lambda: table, "pandas": table.to_pandas}.get(
        backend, lambda: duckdb.from_arrow(table)
    )()
    frame = nw.from_native(native)
    kept = frame.with_columns(holds=to_expression(conditions))
    if backend != "duckdb":
        assert kept["holds"].null_count() == 0
    found = kept.filter(nw.col("holds")).select("supplier_id")
    return sorted(nw.to_native(found.lazy().collect("pyarrow"))["supplier_id"].to_pylist())


def figures(*values):
    """A frame of suppliers "0", "1" ... with these days since sign-up."""
    rows = [supplier(supplier_id=str(i), days_since_sign_up=v) for i, v in enumerate(values)]
    return join_facts(scored(rows), facts_of(rows)).to_native()
