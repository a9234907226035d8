"""The question before many suppliers are contacted: who will be, who will not, and with what."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from cs_app.contacts.actions import refusal
from cs_app.server import clients
from cs_app.suppliers.bulk_draft import DRAFT_KEY, BulkDraft, close_question, finish
from cs_app.suppliers.bulk_quiet_hours import overrides_night
from cs_app.suppliers.bulk_run import broken_of, run, show_broken
from cs_app.suppliers.bulk_wording import (
    ICONS,
    TITLES,
    BulkDone,
    confirm_words,
    reason_words,
    will_words,
)
from cs_app.ui.formats import counted, in_words
from cs_app.ui.guard import require_person
from cs_app.ui.markdown import plain
from cs_core.base.errors import CsError
from cs_core.base.vocabulary import CALL_TYPES
from cs_core.io.base.client import PersonClient
from cs_core.io.definitions.templates import Templates, choosable_templates, fetch_templates
from cs_core.io.mail.compose import preview_message
from cs_core.io.outreach.bulk import MOST_AT_ONCE, BulkPreview, BulkSupplier, preview_bulk
from cs_core.io.outreach.owners import assign_owner
from cs_core.io.suppliers.find import Owner
from cs_core.outreach.requests import LONGEST_NOTE, ContactRequest

OVERRIDE_KEY = "bulk-override"
OWN_WORDS = "In my own words"
MOST_NAMED = 12
LONGEST_SHOWN = 60


def show_question(owners: Sequence[Owner]) -> None:
    """Ask, where something was begun: it stays open over reruns of the page."""
    draft: BulkDraft | None = st.session_state.get(DRAFT_KEY)
    if draft is None:
        return
    window = st.dialog(
        TITLES[draft.kind], width="medium", icon=ICONS[draft.kind], on_dismiss=close_question
    )
    if draft.kind == "owner":
        window(_owner)(draft, owners)
    else:
        window(_contact)(draft)


def _contact(draft: BulkDraft) -> None:
    person = require_person("admin")
    broken = broken_of(draft)
    if broken is not None:
        show_broken(draft, broken)
        return
    preview = draft.preview or BulkPreview(0, {}, [], {}, ())
    overrides_cap = False
    capped = preview.suppressed.get("frequency_cap", 0)
    try:
        if capped and st.session_state.get(OVERRIDE_KEY):
            overrides_cap, now = True, datetime.now(UTC)
            preview = preview_bulk(
                person.client, draft.supplier_ids, draft.kind, now, overrides_cap=True
            )
        _show_preview(draft, preview)
        if capped:
            words = f"E-mail {'it' if capped == 1 else f'these {capped:,}'} all the same"
            st.checkbox(words, key=OVERRIDE_KEY)
        request = _choose_content(
            person.client, draft.kind, person.id, next(iter(preview.first), None)
        )
        at_night = draft.kind != "call" and overrides_night(draft.bulk_id, draft.supplier_ids)
    except CsError as error:
        st.error(f"{plain(str(error))} Nothing was sent. Close this and try again.")
        return
    note = st.text_input(
        "Why (for the team)", key="bulk-note", max_chars=LONGEST_NOTE, placeholder="Optional"
    )
    if st.button(
        confirm_words(draft.kind, preview.will_contact),
        type="primary",
        icon=ICONS[draft.kind],
        key="bulk-confirm",
        disabled=not preview.will_contact,
    ):
        request = replace(
            request, note=note or None, overrides_cap=overrides_cap, overrides_quiet_hours=at_night
        )
        run(draft, request)


def _show_preview(draft: BulkDraft, preview: BulkPreview) -> None:
    st.markdown(will_words(draft.kind, preview.will_contact))
    if preview.first:
        _show_names("Will be contacted", preview.first, preview.will_contact)
    for reason, count in sorted(preview.suppressed.items(), key=lambda item: -item[1]):
        words = f"Will not be contacted: {reason_words(reason, count)}"
        _show_names(words, preview.first_suppressed.get(reason, []), count)
    if draft.left_out:
        st.caption(
            f"One action takes {MOST_AT_ONCE:,} suppliers, worst score first;"
            f" {draft.left_out:,} more match. Their turn is offered afterwards."
        )


def _show_names(words: str, suppliers: Sequence[BulkSupplier], count: int) -> None:
    named = [_short(supplier.business_name) for supplier in suppliers]
    if count > MOST_NAMED:
        with st.expander(f"{words}: {plain(', '.join(named[:2]))} and {count - 2:,} more"):
            st.text(", ".join(named))
            if count > len(suppliers):
                st.caption(f"and {count - len(suppliers):,} more")
        return
    st.caption(f"{words}: {plain(', '.join(named))}")


def _choose_content(
    client: PersonClient, kind: str, person_id: str, first: BulkSupplier | None
) -> ContactRequest:
    """Let the admin choose what is said; whom it goes to is put in later."""
    request = ContactRequest("", kind, person_id, "")
    if kind == "call":
        about = st.selectbox(
            "Kind of call",
            list(CALL_TYPES),
            format_func=CALL_TYPES.__getitem__,
            key="bulk-call-type",
        )
        return replace(request, call_type=about)
    names = templates_for(kind, fetch_templates(client))
    chosen = st.selectbox(
        "What it says",
        [*names, OWN_WORDS],
        # What is written for a mail speaks of "this mail": one made for the place comes first.
        index=names.index("check_in") if kind == "email" and "check_in" in names else 0,
        format_func=lambda name: OWN_WORDS if name == OWN_WORDS else _title(name),
        key="bulk-template",
    )
    if chosen != OWN_WORDS:
        if first is not None:
            _show_example(chosen, first)
        return replace(request, template=chosen)
    subject = st.text_input("Subject", key="bulk-subject", max_chars=200)
    message = st.text_area("Message", key="bulk-message", height=160)
    return replace(request, subject=subject, message=message)


def _show_example(template: str, supplier: BulkSupplier) -> None:
    with st.expander(f"As {plain(_short(supplier.business_name))} will read it"):
        try:
            message = preview_message(
                clients.service_client(), supplier.supplier_id, template, datetime.now(UTC)
            )
        except CsError as error:
            st.caption(f"It cannot be shown right now. {plain(str(error))}")
            return
        st.text(f"{message.subject}\n\n{message.text}")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}…"


def templates_for(kind: str, templates: Templates) -> list[str]:
    """Name the templates to choose from: those made for the place first, each title once.

    `kind`: 'email' or 'in_app'. A template's name says for which place it is made.
    """
    names = choosable_templates(templates)
    made_for = [name for name in names if name.endswith("_in_app")]
    others = [name for name in names if name not in made_for]
    if kind == "email":
        return others
    return made_for + [name for name in others if f"{name}_in_app" not in made_for]


def _title(template: str) -> str:
    return in_words(template.removesuffix("_in_app"))


def _owner(draft: BulkDraft, owners: Sequence[Owner]) -> None:
    person = require_person("admin")
    names: dict[str | None, str] = {owner.id: owner.name for owner in owners}
    chosen = st.selectbox(
        "Who looks after them",
        [*names, None],
        format_func=lambda owner: names.get(owner, "Nobody"),
        key="bulk-new-owner",
    )
    if draft.left_out:
        st.caption(f"The worst {len(draft.supplier_ids):,} of them; {draft.left_out:,} more match.")
    words = f"Assign {counted(len(draft.supplier_ids), 'supplier')}"
    if not st.button(words, type="primary", icon=ICONS["owner"], key="bulk-confirm"):
        return
    # Repeated after an answer that was lost, it is the same; with another owner it is not.
    bulk_id = str(uuid.uuid5(uuid.UUID(draft.bulk_id), chosen or ""))
    try:
        moved = assign_owner(person.client, draft.supplier_ids, chosen, bulk_id)
    except CsError as error:
        st.error(plain(refusal(error)))
        return
    finish(
        BulkDone(
            "owner",
            bulk_id,
            moved,
            owner_name=names[chosen] if chosen else None,
            begun_at=datetime.now(UTC),
            rest=draft.rest,
            already=len(draft.supplier_ids) - moved,
        )
    )
