"""Conditions as fields: what, how compared, with what; groups as boxes in boxes."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft
from cs_app.settings.fields import Problems, choice, number, typed
from cs_app.settings.playbooks.condition_tree import (
    NEW_CONDITION,
    NEW_GROUPS,
    Entry,
    add,
    fit,
    group_of,
    operator_of,
    operators_of,
    remove,
)
from cs_app.ui.formats import first_upper, in_words
from cs_app.ui.markup import why
from cs_core.base.html import fill
from cs_core.outreach.conditions import FIELDS
from cs_core.outreach.playbook_wording import OPERATORS, subject

GROUP_WORDS = {"any": "At least one of these", "all": "All of these", "not": "Not"}
YES_NO = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Builder:
    """One list of conditions in a form.

    Parameters
    ----------
    read : callable
        Gives the whole definition as the fields say it now.
    known : mapping of str to sequence of str
        Values there are, by field: tiers, kinds of suppliers.
    """

    draft: DefinitionDraft
    problems: Problems
    read: Callable[[DefinitionDraft], dict[str, Any]]
    known: Mapping[str, Sequence[str]]

    def show(self, path: str, entries: Sequence[Entry]) -> None:
        """Show a list of conditions and the ways to add to it."""
        self.problems.show(path)
        for place, entry in enumerate(entries):
            self._show_entry(f"{path}[{place}]", entry)
        with st.container(horizontal=True, gap="small"):
            for words, new in (
                ("Add a condition", NEW_CONDITION),
                ("Add “at least one of”", NEW_GROUPS["any"]),
                ("Add “none of”", NEW_GROUPS["none"]),
            ):
                st.button(
                    words,
                    key=f"add-{path}-{words}",
                    type="tertiary",
                    icon=":material/add:",
                    on_click=self._add,
                    args=[path, new],
                )

    def _show_entry(self, path: str, entry: Entry) -> None:
        group = group_of(entry)
        if group is None:
            self._show_comparison(path, entry)
            return
        with st.container(border=True, gap="xsmall", key=f"cs-group-{path}"):
            with st.container(
                horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
            ):
                head = fill('<p class="cs-field-head"><b>{}</b></p>', GROUP_WORDS[group])
                st.html(head, width="content")
                self._remove_button(path, "the group")
            self.problems.show(path)
            if group == "not":
                self._show_entry(f"{path}.not", entry["not"])
            else:
                self.show(f"{path}.{group}", entry[group])

    def _show_comparison(self, path: str, entry: Entry) -> None:
        draft, name = self.draft, str(entry.get("field"))
        operator = operator_of(entry)
        what, how, value, away = st.columns([5, 3, 4, 1], gap="small", vertical_alignment="bottom")
        with what:
            choice("What", draft.key(f"{path}-field"), name, list(FIELDS), _title)
        with how:
            key = draft.key(f"{path}-{name}-how")
            choice("How", key, operator, operators_of(name), lambda op: OPERATORS.get(op, op))
        with value:
            self._show_value(_value_key(draft, path, name, operator), name, operator, entry)
        with away:
            self._remove_button(path, "the condition")
        if name in FIELDS and (hint := _hint(name)):
            st.html(why(hint))
        at = f"{path}.{operator}"
        self.problems.show(path, f"{path}.field", at)
        self.problems.show(*[p for p, _ in self.problems.found if p.startswith(f"{at}[")])

    def _show_value(self, key: str, name: str, operator: str, entry: Entry) -> None:
        value, field = entry.get(operator), FIELDS.get(name)
        if operator == "is_missing" or (field is not None and field.kind == "truth"):
            choice("Value", key, value, [True, False], lambda one: YES_NO.get(one, str(one)))
        elif operator == "one_of":
            self._show_several(key, name, value)
        elif field is not None and field.kind == "text" and field.choices:
            choice("Value", key, value, field.choices, in_words)
        elif field is not None and field.kind == "text":
            options = list(dict.fromkeys([*self.known.get(name, ()), *([value] if value else [])]))
            st.session_state.setdefault(key, value or None)
            st.selectbox("Value", options, key=key, index=None, accept_new_options=True)
        else:
            step = 0.05 if name.endswith("_ratio") else 1.0
            number("Value", key, value, step=step)

    def _show_several(self, key: str, name: str, value: Any) -> None:
        field = FIELDS.get(name)
        chosen = [str(one) for one in value] if isinstance(value, list | tuple) else []
        choices = field.choices if field else ()
        st.session_state.setdefault(key, chosen)
        st.multiselect(
            "Values",
            list(dict.fromkeys([*choices, *self.known.get(name, ()), *st.session_state[key]])),
            format_func=in_words if choices else str,
            key=key,
            accept_new_options=not choices,
        )

    def _remove_button(self, path: str, what: str) -> None:
        st.button(
            "Remove",
            key=f"remove-{path}",
            type="tertiary",
            help=f"Remove {what}",
            icon=":material/close:",
            on_click=self._remove,
            args=[path],
        )

    def _add(self, path: str, new: Entry) -> None:
        self.draft.edited = self.read(self.draft)
        add(self.draft.edited, path, new)
        self.draft.start_fields_anew()

    def _remove(self, path: str) -> None:
        self.draft.edited = self.read(self.draft)
        remove(self.draft.edited, path)
        self.draft.start_fields_anew()


def read_conditions(draft: DefinitionDraft, path: str, entries: Sequence[Entry]) -> list[Entry]:
    """Give the conditions that the fields say; before they are drawn, those of the draft."""
    return [_read(draft, f"{path}[{place}]", entry) for place, entry in enumerate(entries)]


def _read(draft: DefinitionDraft, path: str, entry: Entry) -> Entry:
    group = group_of(entry)
    if group == "not":
        return {"not": _read(draft, f"{path}.not", entry["not"])}
    if group is not None:
        return {group: read_conditions(draft, f"{path}.{group}", entry[group])}
    name = typed(draft.key(f"{path}-field"), str(entry.get("field")))
    operator = operator_of(entry)
    if name == entry.get("field"):
        operator = typed(draft.key(f"{path}-{name}-how"), operator)
    fitted = fit(name, operator, entry) if name in FIELDS else deepcopy(entry)
    operator = operator_of(fitted)
    value = typed(_value_key(draft, path, name, operator), fitted[operator])
    if operator == "one_of" and isinstance(value, list):
        value = [_as_kind(name, one) for one in value]
    fitted[operator] = "" if value is None and _is_text(name) else value
    return fitted


def _value_key(draft: DefinitionDraft, path: str, name: str, operator: str) -> str:
    # Comparisons with one value share it: from "at least 7" to "above 7".
    kind = operator if operator in ("one_of", "is_missing") else "one"
    return draft.key(f"{path}-{name}-{kind}")


def _as_kind(name: str, text: Any) -> Any:
    """Turn what was typed into a number where the field is one; else the rules name it."""
    if name not in FIELDS or FIELDS[name].kind != "number":
        return text
    try:
        found = float(text)
    except (TypeError, ValueError):
        return text
    return int(found) if found.is_integer() else found


def _is_text(name: str) -> bool:
    return name in FIELDS and FIELDS[name].kind == "text"


def _title(name: str) -> str:
    return first_upper(subject(name))


def _hint(name: str) -> str:
    """Say more about a field where its short name leaves a question open."""
    words = FIELDS[name].words
    if name.endswith("_ratio"):
        return f"{words.removesuffix(' (0 to 1)')}: 0.4 is 40%."
    return f"{words}." if ";" in words or "(" in words else ""
