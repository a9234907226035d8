"""What a changed scorecard would do: in a sentence, by level, as a chart, by supplier."""

import json
from datetime import UTC, datetime
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
import streamlit as st
from markupsafe import Markup

from cs_app.ui.charts import LINE, WORDS
from cs_app.ui.formats import ago, change, counted, money, whole_number
from cs_app.ui.guard import Person
from cs_app.ui.levels import BY_KEY
from cs_app.ui.markup import (
    answer,
    heading,
    level_mark,
    nothing,
    render,
    supplier_link,
    table,
    when,
)
from cs_app.ui.progress import progress_in
from cs_core.base.csv_rows import csv_lines
from cs_core.base.html import fill
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
    fresh = fill('<p class="cs-fresh">Counted {}. Nothing is changed yet.</p>', at)
    st.html(answer(preview_in_words(preview)) + fresh)
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


def levels_table(preview: ScorecardPreview) -> Markup:
    """Show how many suppliers, and what revenue, each level has now and then, as HTML."""
    return render("settings/levels.html", preview=preview, change=change)


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
        pattern = (
            '<tr><th scope="row">{}</th>'
            '<td class="cs-right">{}</td><td class="cs-right">{}</td></tr>'
        )
        rows = (
            fill(pattern, names[low], f"{row[NOW]:,}", f"{row[THEN]:,}")
            for low, row in wide.iterrows()
        )
        st.html(table("cs-table", ("Score", NOW, THEN), rows, right=(NOW, THEN)))


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


def changed_table(changed: pa.Table) -> Markup:
    """Show who changes level, as HTML."""
    rows = (
        fill(
            '<tr><td>{}</td><td class="cs-whole">{} {}</td><td class="cs-whole">{} {}</td>'
            '<td class="cs-right">{}</td></tr>',
            supplier_link(row["business_name"], row["supplier_id"]),
            *(row["score_before"], level_mark(row["level_before"])),
            *(row["score_after"], level_mark(row["level_after"])),
            money(row["monthly_revenue"] or 0),
        )
        for row in changed.to_pylist()
    )
    heads = ("Supplier", "Now", "Then", "A month")
    return table("cs-table cs-moves", heads, rows, right=["A month"])


def csv_of(changed: pa.Table) -> str:
    """Give who changes level as a file."""
    rows = (
        row | {name: BY_KEY[row[name]].word for name in ("level_before", "level_after")}
        for batch in changed.to_batches(max_chunksize=5_000)
        for row in batch.to_pylist()
    )
    return "".join(csv_lines(COMPARED, rows))
