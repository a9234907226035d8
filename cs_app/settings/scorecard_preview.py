"""What a changed scorecard would do: in a sentence, by level, as a chart, by supplier."""

import json
from datetime import UTC, datetime
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
import streamlit as st

from cs_app.ui.charts import LINE, WORDS
from cs_app.ui.formats import ago, change, counted, money, whole_number
from cs_app.ui.guard import Person
from cs_app.ui.levels import BY_KEY, LEVELS
from cs_app.ui.markup import change_mark, heading, level_mark, nothing, supplier_link, when
from cs_app.ui.progress import progress_in
from cs_core.base.csv_rows import csv_lines
from cs_core.io.run.preview import PreviewBasis, preview_scorecard
from cs_core.score.preview import COMPARED, ScorecardPreview
from cs_core.score.scorecard import Scorecard

KEPT = "scorecard-preview"
SHOWN = 20
BAND = 5  # points a bar of the chart
NOW, THEN = "Now", "With the changes"


def look_ahead(
    person: Person, draft: Scorecard, in_force: dict[str, Any], basis: PreviewBasis
) -> ScorecardPreview:
    """Count what a scorecard would change; once for the same question."""
    asked = json.dumps([draft.to_dict(), in_force, str(basis)], sort_keys=True)
    known = st.session_state.get(KEPT)
    if known is None or known[0] != asked:
        place = st.empty()
        progress = progress_in(place, "Looking ahead", basis.suppliers)
        known = asked, preview_scorecard(person.client, draft, in_force, basis, progress)
        place.empty()
        st.session_state[KEPT] = known
    found: ScorecardPreview = known[1]
    return found


def show_answer(preview: ScorecardPreview, basis: PreviewBasis, zone: str | None) -> None:
    """Show in a sentence and by level what a preview found."""
    now = datetime.now(UTC)
    at = when(basis.as_of, now, zone, f"on the measures of {ago(basis.as_of, now)}")
    st.html(
        f'<h2 class="cs-answer">{escape(preview_in_words(preview))}</h2>'
        f'<p class="cs-fresh">Counted {at}. Nothing is changed yet.</p>'
    )
    st.html(levels_table(preview))


def show_details(preview: ScorecardPreview) -> None:
    """Show the scores as a chart, and who would change level."""
    _show_chart(preview)
    _show_changed(preview)


def preview_in_words(preview: ScorecardPreview) -> str:
    """Say how many change level: "12 of 300 suppliers would change level: 9 worse, 3 better."."""
    total = preview.worse + preview.better
    of = counted(preview.suppliers, "supplier")
    if not total:
        moved = sum(
            abs(a - b) for a, b in zip(preview.scores_before, preview.scores_after, strict=True)
        )
        rest = "some scores would change" if moved else "no score would change"
        return f"None of {of} would change level; {rest}."
    parts = [
        f"{whole_number(number)} {word}"
        for number, word in ((preview.worse, "worse"), (preview.better, "better"))
        if number
    ]
    return f"{whole_number(total)} of {of} would change level: {', '.join(parts)}."


def levels_table(preview: ScorecardPreview) -> str:
    """Show how many suppliers, and what revenue, each level has now and then, as HTML."""
    rows = []
    for level in LEVELS:
        now, then = (preview.count(level.key, after=after) for after in (False, True))
        was, will = (preview.revenue_of(level.key, after=after) for after in (False, True))
        good = 1 if level.key == "healthy" else -1
        rows.append(
            f'<tr><th scope="row">{level_mark(level.key)}</th>'
            f'<td class="cs-right">{whole_number(now)}</td>'
            f'<td class="cs-right">{whole_number(then)}</td>'
            f'<td class="cs-right">{change_mark(then - now, good=good)}</td>'
            f'<td class="cs-right">{money(was)}</td><td class="cs-right">{money(will)}</td>'
            f'<td class="cs-right">{_money_change(will - was, good)}</td></tr>'
        )
    return (
        '<table class="cs-table cs-levels"><thead><tr><td></td>'
        '<th scope="colgroup" colspan="3" class="cs-right">Suppliers</th>'
        '<th scope="colgroup" colspan="3" class="cs-right">Revenue a month</th></tr>'
        '<tr><th scope="col">Level</th>'
        + '<th scope="col" class="cs-right">Now</th><th scope="col" class="cs-right">Then</th>'
        '<th scope="col" class="cs-right">Change</th>'
        * 2
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _money_change(difference: float, good: int) -> str:
    return change_mark(difference, change(difference, money), good=good)


# ---- the chart ----


def bands_of(preview: ScorecardPreview) -> pd.DataFrame:
    """Count the suppliers per band of five points, now and then; 100 is in the last band."""
    rows = []
    for which, counts in ((NOW, preview.scores_before), (THEN, preview.scores_after)):
        for low in range(0, 100, BAND):
            high = low + BAND if low + BAND < 100 else 101
            rows.append(
                {
                    "from": low,
                    "band": f"{low} to {min(high - 1, 100)}",
                    "which": which,
                    "suppliers": sum(counts[low:high]),
                }
            )
    return pd.DataFrame(rows)


def _show_chart(preview: ScorecardPreview) -> None:
    bands = bands_of(preview)
    st.html(heading("Scores", "how many suppliers have which score"))
    st.altair_chart(_chart(bands), alt=chart_in_words(preview))
    with st.expander("The chart as a table"):
        wide = bands.pivot(index="from", columns="which", values="suppliers").sort_index()
        names = bands.drop_duplicates("from").set_index("from")["band"]
        body = "".join(
            f'<tr><th scope="row">{names[low]}</th><td class="cs-right">{row[NOW]:,}</td>'
            f'<td class="cs-right">{row[THEN]:,}</td></tr>'
            for low, row in wide.iterrows()
        )
        st.html(
            '<table class="cs-table"><thead><tr><th scope="col">Score</th>'
            f'<th scope="col" class="cs-right">{NOW}</th>'
            f'<th scope="col" class="cs-right">{THEN}</th></tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )


def _chart(bands: pd.DataFrame) -> alt.Chart:
    order = list(dict.fromkeys(bands["band"]))
    return (
        alt.Chart(bands)
        .mark_bar()
        .encode(
            x=alt.X(
                "band:O",
                sort=order,
                title=None,
                axis=alt.Axis(labelExpr="split(datum.label, ' ')[0]", labelAngle=0),
            ),
            xOffset=alt.XOffset("which:N", sort=[NOW, THEN]),
            y=alt.Y("suppliers:Q", title=None, axis=alt.Axis(tickCount=4)),
            color=alt.Color(
                "which:N",
                scale=alt.Scale(domain=[NOW, THEN], range=[f"{WORDS}80", LINE]),
                legend=alt.Legend(orient="top", title=None),
            ),
            tooltip=[
                alt.Tooltip("band:N", title="Score"),
                alt.Tooltip("which:N", title="When"),
                alt.Tooltip("suppliers:Q", title="Suppliers", format=","),
            ],
        )
        .properties(height=240)
    )


def chart_in_words(preview: ScorecardPreview) -> str:
    """Say what the chart shows, for who cannot see it."""
    now, then = (_middle(counts) for counts in (preview.scores_before, preview.scores_after))
    return (
        f"How many suppliers have which score, in bands of {BAND} points, now and with the "
        f"changes. The middle score is {now} now and {then} with the changes."
    )


def _middle(counts: list[int]) -> int:
    half, seen = sum(counts) / 2, 0
    for score, number in enumerate(counts):
        seen += number
        if seen >= half:
            return score
    return 0


# ---- who changes level ----


def _show_changed(preview: ScorecardPreview) -> None:
    changed = preview.worst_first()
    total = changed.num_rows
    beside = f"worst first, {SHOWN} of {total:,}" if total > SHOWN else "worst first"
    st.html(heading("Who would change level", beside if total else ""))
    if not total:
        st.html(nothing("Nobody."))
        return
    st.html(changed_table(changed.slice(0, SHOWN)))
    st.download_button(
        f"All {total:,} as CSV" if total > SHOWN else "Export CSV",
        data=lambda: csv_of(changed),
        file_name="level-changes-preview.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="preview-csv",
    )


def changed_table(changed: pa.Table) -> str:
    """Show who changes level, as HTML."""
    rows = "".join(
        f"<tr><td>{supplier_link(row['business_name'], row['supplier_id'])}</td>"
        f'<td class="cs-whole">{_state(row, "before")}</td>'
        f'<td class="cs-whole">{_state(row, "after")}</td>'
        f'<td class="cs-right">{money(row["monthly_revenue"] or 0)}</td></tr>'
        for row in changed.to_pylist()
    )
    return (
        '<table class="cs-table cs-moves"><thead><tr><th scope="col">Supplier</th>'
        '<th scope="col">Now</th><th scope="col">Then</th>'
        '<th scope="col" class="cs-right">A month</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _state(row: dict[str, Any], which: str) -> str:
    return f"{row[f'score_{which}']} {level_mark(row[f'level_{which}'])}"


def csv_of(changed: pa.Table) -> str:
    """Give who changes level as a file."""
    rows = (
        row | {name: BY_KEY[row[name]].word for name in ("level_before", "level_after")}
        for batch in changed.to_batches(max_chunksize=5_000)
        for row in batch.to_pylist()
    )
    return "".join(csv_lines(COMPARED, rows))
