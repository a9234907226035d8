"""What another scorecard would make of the measures there are: who changes level, how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pyarrow as pa

from cs_core.base.frames import to_frame
from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.score.scorecard import Scorecard
from cs_core.score.scoring import COUNTS, measure_suppliers, score_suppliers

MEASURED = pa.schema(
    [
        ("days_since_login", pa.float64()),
        *((name, pa.int64()) for pair in COUNTS.values() for name in pair),
    ]
)
STORED = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("business_name", pa.string()),
        ("monthly_revenue", pa.float64()),
        ("health_score", pa.int64()),
        ("risk_level", pa.string()),
    ]
)
COMPARED = (
    "supplier_id",
    "business_name",
    "monthly_revenue",
    "score_before",
    "level_before",
    "score_after",
    "level_after",
)

Columns = Mapping[str, Sequence[Any]]


def compare_page(stored: Columns, measured: Columns, scorecard: Scorecard) -> pa.Table:
    """Score a page of suppliers on another scorecard, beside the scores they have.

    Parameters
    ----------
    stored : mapping of lists, n_suppliers each
        `STORED`: who they are, and their scores of now.
    measured : mapping of lists, n_suppliers each
        `MEASURED`: the same suppliers' gaps in days and counts, within the scorecard's windows.
    scorecard : Scorecard

    Returns
    -------
    pyarrow.Table, shape (n_suppliers, 7)
        `COMPARED`.
    """
    columns = [stored[name] or [] for name in STORED.names]
    columns += [measured[name] or [] for name in MEASURED.names]
    table = pa.table(columns, schema=pa.schema([*STORED, *MEASURED]))
    table = table.rename_columns({"health_score": "score_before", "risk_level": "level_before"})
    scored = score_suppliers(measure_suppliers(table), scorecard)
    renamed = scored.rename_columns({"health_score": "score_after", "risk_level": "level_after"})
    compared: pa.Table = renamed.select(list(COMPARED))
    return compared


@dataclass
class ScorecardPreview:
    """What a scorecard would change, counted page by page.

    Attributes
    ----------
    suppliers : int
        How many were looked at.
    moves : dict of (level before, level after) to int
    revenue : dict of (level before, level after) to float
        Per month, of the same suppliers.
    scores_before, scores_after : list of int, 101 each
        How many suppliers have each score from 0 to 100.
    changed : list of pyarrow.Table
        `COMPARED` of those who change level, page by page.
    """

    suppliers: int = 0
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    revenue: dict[tuple[str, str], float] = field(default_factory=dict)
    scores_before: list[int] = field(default_factory=lambda: [0] * 101)
    scores_after: list[int] = field(default_factory=lambda: [0] * 101)
    changed: list[pa.Table] = field(default_factory=list)

    def add(self, compared: pa.Table) -> None:
        """Count a page."""
        frame = to_frame(compared)
        self.suppliers += len(frame)
        groups = frame.group_by("level_before", "level_after").agg(
            number=nw.col("supplier_id").len(), revenue=nw.col("monthly_revenue").sum()
        )
        for row in groups.iter_rows(named=True):
            move = (row["level_before"], row["level_after"])
            self.moves[move] = self.moves.get(move, 0) + row["number"]
            self.revenue[move] = self.revenue.get(move, 0.0) + row["revenue"]
        for name, counts in (
            ("score_before", self.scores_before),
            ("score_after", self.scores_after),
        ):
            for score, number in frame[name].value_counts().iter_rows():
                counts[score] += number
        self.changed.append(
            frame.filter(nw.col("level_before") != nw.col("level_after")).to_native()
        )

    def count(self, level: str, *, after: bool) -> int:
        """How many suppliers are on a level, before or after."""
        return sum(n for move, n in self.moves.items() if move[int(after)] == level)

    def revenue_of(self, level: str, *, after: bool) -> float:
        """The monthly revenue of the suppliers on a level, before or after."""
        return sum(amount for move, amount in self.revenue.items() if move[int(after)] == level)

    @property
    def worse(self) -> int:
        """How many come to a worse level."""
        return sum(n for move, n in self.moves.items() if _rank(move[1]) < _rank(move[0]))

    @property
    def better(self) -> int:
        """How many come to a better level."""
        return sum(n for move, n in self.moves.items() if _rank(move[1]) > _rank(move[0]))

    def worst_first(self) -> pa.Table:
        """List who changes level: the lowest new score first, then by name."""
        if not self.changed:
            return pa.table({name: [] for name in COMPARED})
        return pa.concat_tables(self.changed).sort_by(
            [
                ("score_after", "ascending"),
                ("business_name", "ascending"),
                ("supplier_id", "ascending"),
            ]
        )


def _rank(level: str) -> int:
    return list(RISK_LEVELS).index(level)
