"""The scorecard as a form: weights, windows, steps, thresholds, and what counts without data."""

from copy import deepcopy
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft
from cs_app.settings.fields import Problems, choice, number, say_wrong, show_head, typed
from cs_core.base.errors import ScorecardError
from cs_core.base.html import fill
from cs_core.score.drivers import WORDS
from cs_core.score.scorecard import MEASURES, NO_DATA_POLICIES, RATIO_MEASURES, Scorecard

NO_DATA = {"zero": "Counts as 0 points", "exclude": "Left out; the others count more"}
WHAT = {
    "login_recency": "How long ago the last login was",
    "feature_adoption": "Core features used ÷ core features of the tier",
    "client_activity": "Clients active ÷ clients ever added",
    "form_completion": "Forms completed ÷ forms sent",
    "journey_performance": "Journey steps completed ÷ steps due",
}
WHOLE = 100
NAMES = {
    "at_risk_below": "the bound of at risk",
    "under_days": "days",
    "critical_below": "critical",
}


def read_form(draft: DefinitionDraft) -> dict[str, Any]:
    """Give the definition that the fields say; before they are drawn, that of the draft."""
    definition = deepcopy(draft.edited)
    measures = definition["measures"]
    for name in MEASURES:
        fields = ("weight", "no_data") + (("window_days",) if name in RATIO_MEASURES else ())
        for part in fields:
            measures[name][part] = typed(draft.key(f"{name}-{part}"), measures[name][part])
    steps = measures["login_recency"]["steps"]
    for place, step in enumerate(steps):
        for part in ("under_days", "points"):
            step[part] = typed(_step_key(draft, place, part, len(steps)), step[part])
    if steps:
        # The shortest gap earns the whole weight: it is asked for once.
        steps[0]["points"] = measures["login_recency"]["weight"]
    for part in ("critical_below", "at_risk_below"):
        key = draft.key(part)
        definition["thresholds"][part] = typed(key, definition["thresholds"][part])
    return definition


def check(definition: dict[str, Any]) -> tuple[Scorecard | None, Problems]:
    """Ask the rules; the scorecard is None where they find something."""
    try:
        return Scorecard.from_dict(definition, version=0), Problems((), NAMES)
    except ScorecardError as error:
        weight = definition["measures"]["login_recency"]["weight"]
        # The first step's points are the weight: said once, at the weight.
        twice = ("measures.login_recency.steps[0].points",) if weight is None else ()
        return None, Problems([one for one in error.problems if one[0] not in twice], NAMES)


def show_form(draft: DefinitionDraft, problems: Problems) -> None:
    """Show the fields, with what is wrong beneath each."""
    measures = draft.edited["measures"]
    _show_total(measures, problems)
    for name in MEASURES:
        _show_measure(draft, name, measures[name], problems)
    _show_thresholds(draft, problems)
    problems.show_rest()


def _show_total(measures: dict[str, Any], problems: Problems) -> None:
    wrong = problems.at("measures")
    if wrong:
        say_wrong([f"The measures {one[:1].lower()}{one[1:]}" for one in wrong])
        return
    weights = [measures[name]["weight"] for name in MEASURES]
    if all(isinstance(weight, int | float) for weight in weights):
        said = f"The weights add up to {sum(weights):g} points."
        if sum(weights) == WHOLE:
            st.html(fill('<p class="cs-total"><b>✓</b> {}</p>', said))
        else:  # a weight is wrong itself, and that is said beneath it
            st.html(fill('<p class="cs-standing cs-quiet">{}</p>', said))


def _show_measure(
    draft: DefinitionDraft, name: str, measure: dict[str, Any], problems: Problems
) -> None:
    path = f"measures.{name}"
    with st.container(border=True, gap="xsmall", key=f"cs-measure-{name}"):
        show_head(WORDS[name], WHAT[name])
        weight, window, policy = st.columns([3, 3, 5], gap="small")
        with weight:
            number("Points", draft.key(f"{name}-weight"), measure["weight"])
            problems.show(f"{path}.weight")
        with window:
            if "window_days" in measure:
                number("Window in days", draft.key(f"{name}-window_days"), measure["window_days"])
                problems.show(f"{path}.window_days")
        with policy:
            key = draft.key(f"{name}-no_data")
            choice(
                "Without data",
                key,
                measure["no_data"],
                NO_DATA_POLICIES,
                lambda policy: NO_DATA.get(policy, str(policy)),
            )
        problems.show(f"{path}.no_data", path)
        if name == "login_recency":
            _show_steps(draft, measure["steps"], problems)


def _show_steps(draft: DefinitionDraft, steps: list[dict[str, Any]], problems: Problems) -> None:
    path = "measures.login_recency.steps"
    problems.show(path)
    for place, step in enumerate(steps):
        days, points, remove = st.columns([3, 3, 5], gap="small", vertical_alignment="bottom")
        with days:
            key = _step_key(draft, place, "under_days", len(steps))
            number(f"Step {place + 1}: under … days", key, step["under_days"])
        with points:
            _show_step_points(draft, place, step, len(steps))
        with remove:
            if len(steps) > 1:
                st.button(
                    "Remove",
                    key=f"remove-step-{place}",
                    icon=":material/close:",
                    type="tertiary",
                    help=f"Remove step {place + 1}",
                    on_click=_remove_step,
                    args=[draft, place],
                )
        at = f"{path}[{place}]"
        problems.show(at, f"{at}.under_days", f"{at}.points")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Add a step", key="add-step", icon=":material/add:", on_click=_add_step, args=[draft]
        )
        st.html('<span class="cs-why">A longer gap earns 0 points.</span>', width="content")


def _show_step_points(draft: DefinitionDraft, place: int, step: dict[str, Any], count: int) -> None:
    if place:
        number("earn points", _step_key(draft, place, "points", count), step["points"])
        return
    st.text_input(
        "earn points",
        f"{step['points']:g}" if isinstance(step["points"], int | float) else "",
        disabled=True,
        help="The shortest gap earns all points of this measure",
    )


def _show_thresholds(draft: DefinitionDraft, problems: Problems) -> None:
    thresholds = draft.edited["thresholds"]
    with st.container(border=True, gap="xsmall", key="cs-thresholds"):
        show_head("Where the levels begin", "Everything from the second bound on is healthy")
        critical, at_risk, _ = st.columns([3, 3, 5], gap="small")
        with critical:
            key = draft.key("critical_below")
            number("Critical below", key, thresholds["critical_below"])
            problems.show("thresholds.critical_below")
        with at_risk:
            number("At risk below", draft.key("at_risk_below"), thresholds["at_risk_below"])
            problems.show("thresholds.at_risk_below")
        problems.show("thresholds")


def _step_key(draft: DefinitionDraft, place: int, part: str, count: int) -> str:
    # With how many there are: a step that moves up must not take over what was typed there.
    return draft.key(f"step-{count}-{place}-{part}")


def _add_step(draft: DefinitionDraft) -> None:
    draft.edited = read_form(draft)
    steps = draft.edited["measures"]["login_recency"]["steps"]
    last = steps[-1] if steps else {"under_days": 0, "points": 0}
    days = last["under_days"]
    steps.append({"under_days": days * 2 if isinstance(days, int | float) else None, "points": 0})
    _forget_steps(draft)


def _remove_step(draft: DefinitionDraft, place: int) -> None:
    draft.edited = read_form(draft)
    del draft.edited["measures"]["login_recency"]["steps"][place]
    _forget_steps(draft)


def _forget_steps(draft: DefinitionDraft) -> None:
    """Let the fields of the steps begin with what the draft says."""
    for key in [k for k in st.session_state if str(k).startswith(draft.key("step-"))]:
        del st.session_state[key]
