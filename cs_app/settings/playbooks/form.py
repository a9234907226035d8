"""A playbook as a form: when, what is done, how often, how many are left alone."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft
from cs_app.settings.fields import (
    Problem,
    Problems,
    choice,
    number,
    say_wrong,
    sentence,
    show_head,
    typed,
)
from cs_app.settings.playbooks.condition_builder import Builder, read_conditions
from cs_app.settings.playbooks.condition_tree import NEW_CONDITION
from cs_app.ui.formats import in_words
from cs_app.ui.markup import link
from cs_core.base.errors import PlaybookError
from cs_core.base.html import fill
from cs_core.base.vocabulary import CALL_TYPES, INTERVENTION_TYPES, TRIGGERS
from cs_core.io.definitions.playbooks import template_problems
from cs_core.io.definitions.templates import Templates, choosable_templates
from cs_core.outreach.playbooks import LONGEST_TITLE, Playbook

NEW: dict[str, Any] = {
    "title": "",
    "trigger": "condition",
    "conditions": [NEW_CONDITION],
    "recovery": [{"field": "risk_level", "is": "healthy"}],
    "actions": [],
    "cool_down_days": 14,
    "holdout_percent": 0,
    "priority": 100,
    "enabled": False,
}
NAMES = {"recovery": "“recovered when”"}


def read_form(draft: DefinitionDraft) -> dict[str, Any]:
    """Give the definition that the fields say; before they are drawn, that of the draft."""
    definition = deepcopy(draft.edited)
    for name in ("title", "trigger", "cool_down_days", "holdout_percent", "priority"):
        definition[name] = typed(draft.key(name), definition[name])
    for name in ("conditions", "recovery"):
        if name in definition:
            definition[name] = read_conditions(draft, name, definition[name])
    definition["actions"] = _read_actions(draft, definition["actions"])
    has_call = any(action["type"] == "call" for action in definition["actions"])
    if has_call and "recovery" not in definition:
        definition["recovery"] = deepcopy(NEW["recovery"])
    return definition


def check(
    name: str, definition: dict[str, Any], templates: Templates, taken: Sequence[str]
) -> Problems:
    """Ask the rules, and whether the messages exist; `taken`: titles of others, casefolded."""
    found: list[tuple[str, str]] = []
    if str(definition["title"]).strip().casefold() in taken:
        found.append(("title", "is taken by another playbook; choose another"))
    try:
        Playbook.from_dict(name, definition, version=0)
    except PlaybookError as error:
        clearer = (_clearer(definition, one) for one in error.problems)
        found += [one for one in clearer if one is not None]
    known = {path for path, _ in found}
    found += [one for one in template_problems(templates, definition) if one[0] not in known]
    return Problems(found, NAMES)


def _clearer(definition: dict[str, Any], problem: Problem) -> Problem | None:
    """Say of what is empty that it is; nobody wants to read what else it is not."""
    path, _ = problem
    is_untitled = not str(definition["title"]).strip()
    if path == "name":
        return None if is_untitled else ("title", "needs a letter from a to z")
    if path == "title" and is_untitled:
        return path, "is empty; give it one such as Quiet florists"
    if path == "actions" and not definition["actions"]:
        return path, "choose what is done: at least one of these"
    return problem


def show_form(
    draft: DefinitionDraft,
    problems: Problems,
    templates: Templates,
    known: Mapping[str, Sequence[str]],
) -> None:
    """Show the fields, with what is wrong beneath each."""
    edited = draft.edited
    st.session_state.setdefault(draft.key("title"), edited["title"])
    st.text_input(
        "Title", key=draft.key("title"), max_chars=LONGEST_TITLE, placeholder="Quiet florists"
    )
    problems.show("title")
    builder = Builder(draft, problems, read_form, known)
    with st.container(border=True, gap="small", key="cs-when"):
        show_head("When", "All of these hold for a supplier")
        builder.show("conditions", edited["conditions"])
        choice(
            "It fires",
            draft.key("trigger"),
            edited["trigger"],
            tuple(TRIGGERS),
            lambda one: TRIGGERS.get(one, str(one)),
        )
        problems.show("trigger")
    _show_actions(draft, problems, templates)
    if "recovery" in edited:
        with st.container(border=True, gap="small", key="cs-recovery"):
            show_head("Recovered when", "All of these hold: an open call is then taken back")
            builder.show("recovery", edited["recovery"])
    _show_figures(draft, problems)
    problems.show_rest()
    _show_json(draft)


def _show_actions(draft: DefinitionDraft, problems: Problems, templates: Templates) -> None:
    actions = draft.edited["actions"]
    places = {action["type"]: place for place, action in enumerate(actions)}
    with st.container(border=True, gap="small", key="cs-actions"):
        show_head("Then")
        problems.show("actions")
        for kind in INTERVENTION_TYPES:
            action = actions[places[kind]] if kind in places else {}
            switch, detail = st.columns([4, 7], gap="small", vertical_alignment="center")
            with switch:
                key = draft.key(f"does-{kind}")
                st.session_state.setdefault(key, kind in places)
                st.checkbox(INTERVENTION_TYPES[kind], key=key)
            with detail:
                if kind in places:
                    _show_detail(draft, kind, action, templates)
            at = f"actions[{places.get(kind)}]"
            problems.show(at, f"{at}.type", f"{at}.template", f"{at}.call_type")
        words = link("Look at the templates", "/settings?part=templates")
        st.html(fill('<span class="cs-more">{}</span>', words))


def _show_detail(
    draft: DefinitionDraft, kind: str, action: dict[str, Any], templates: Templates
) -> None:
    key = draft.key(f"detail-{kind}")
    if kind == "call":
        value = action.get("call_type")
        choice(
            "Kind of call", key, value, tuple(CALL_TYPES), lambda one: CALL_TYPES.get(one, str(one))
        )
        return
    names = choosable_templates(templates)
    choice(
        "Template",
        key,
        action.get("template"),
        names,
        lambda one: in_words(one) if one else "Choose one",
    )


def _read_actions(
    draft: DefinitionDraft, actions: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    kept = [_read_action(draft, action) for action in actions if _does(draft, action["type"], True)]
    there = [action["type"] for action in actions]
    new = [kind for kind in INTERVENTION_TYPES if kind not in there and _does(draft, kind, False)]
    return kept + [_read_action(draft, {"type": kind}) for kind in new]


def _read_action(draft: DefinitionDraft, action: dict[str, Any]) -> dict[str, Any]:
    kind = action["type"]
    detail = "call_type" if kind == "call" else "template"
    usual = "check_in" if kind == "call" else None
    return {"type": kind, detail: typed(draft.key(f"detail-{kind}"), action.get(detail, usual))}


def _does(draft: DefinitionDraft, kind: str, usual: bool) -> bool:
    return bool(st.session_state.get(draft.key(f"does-{kind}"), usual))


def _show_figures(draft: DefinitionDraft, problems: Problems) -> None:
    edited = draft.edited
    with st.container(border=True, gap="xsmall", key="cs-measure-figures"):
        show_head("How often, and for whom")
        rest, holdout, priority = st.columns([4, 4, 4], gap="small")
        with rest:
            number("Not again within … days", draft.key("cool_down_days"), edited["cool_down_days"])
            problems.show("cool_down_days")
        with holdout:
            number(
                "Left alone, in per cent",
                draft.key("holdout_percent"),
                edited["holdout_percent"],
                help="Suppliers drawn by chance and left alone, to measure what the playbook does",
            )
            problems.show("holdout_percent")
        with priority:
            number(
                "Priority",
                draft.key("priority"),
                edited["priority"],
                help="Lower comes first: it gets the e-mail or the call that only one can have",
            )
            problems.show("priority")


def _show_json(draft: DefinitionDraft) -> None:
    with st.expander("As JSON, for experts"):
        text = json.dumps(draft.edited, indent=2, ensure_ascii=False)
        key = draft.key(f"json-{hash(text)}")
        st.session_state.setdefault(key, text)
        st.text_area("Definition", key=key, height=260)
        st.button("Take this over", key="json-take", on_click=_take_json, args=[draft, key])
        say_wrong(st.session_state.get(f"{key}-wrong", []))


def _take_json(draft: DefinitionDraft, key: str) -> None:
    wrong = f"{key}-wrong"
    st.session_state.pop(wrong, None)
    try:
        data = json.loads(st.session_state[key])
        # The name is kept beside it and cannot be wrong here.
        draft.edited = Playbook.from_dict("x", data, version=0).to_dict()
        draft.start_fields_anew()
    except PlaybookError as error:
        said = [f"{path}: {sentence(what)}" for path, what in error.problems]
        st.session_state[wrong] = ["Nothing was taken over.", *said]
    except (ValueError, RecursionError) as error:
        st.session_state[wrong] = [f"Nothing was taken over: this is not JSON. {error}."]
