"""Charts say in words what they show, and are made of the right figures."""

from datetime import date, timedelta

from cs_app.ui.charts import LEVEL_WORDS, levels_chart, levels_in_words
from cs_core.io.score.today import DayLevels

DAY = date(2026, 11, 22)


def levels(*counts: tuple[int, int, int]) -> list[DayLevels]:
    first = DAY - timedelta(days=len(counts) - 1)
    return [DayLevels(first + timedelta(days=n), *count) for n, count in enumerate(counts)]


def test_the_chart_of_levels_holds_each_day_and_level_worst_at_the_bottom() -> None:
    spec = levels_chart(levels((5, 3, 2), (4, 3, 0))).to_dict()
    data = list(spec["datasets"].values())
    areas = next(rows for rows in data if "suppliers" in rows[0])
    assert [(row["level"], row["place"], row["suppliers"]) for row in areas[:3]] == [
        *(("Critical", 0, 2), ("At risk", 1, 3), ("Healthy", 2, 5))
    ]
    assert len(areas) == 6


def test_levels_are_labelled_where_they_end_and_an_empty_one_is_not() -> None:
    spec = levels_chart(levels((5, 3, 2), (4, 3, 0))).to_dict()
    labels = next(rows for rows in spec["datasets"].values() if "words" in rows[0])
    assert [(row["words"], row["middle"]) for row in labels] == [
        *(("", 0.0), ("! At risk", 1.5), ("✓ Healthy", 5.0))
    ]


def test_risk_colours_come_from_the_theme_in_its_order() -> None:
    spec = levels_chart(levels((5, 3, 2), (4, 3, 0))).to_dict()
    assert LEVEL_WORDS == ["Critical", "At risk", "Healthy"]
    colour = spec["layer"][0]["encoding"]["color"]
    assert colour["scale"] == {"domain": LEVEL_WORDS}  # no range: it would not follow the dark


def test_levels_in_words() -> None:
    assert levels_in_words([]) == "No day is scored yet."
    assert levels_in_words(levels((1234, 3, 2), (4, 3, 0))) == (
        "Suppliers on each level over 2 days: "
        "Healthy from 1,234 to 4, At risk from 3 to 3, Critical from 2 to 0."
    )
