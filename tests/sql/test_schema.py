"""What every table, view and function of the schema must keep to."""

from typing import Any

import psycopg
import pytest

from cs_core.score.scorecard import Scorecard
from tests.support.defaults import DEFAULT_SCORECARD
from tests.support.health_rows import add_scored_supplier

OURS = "('public'::regnamespace, 'private'::regnamespace)"


def names(sql: Any, query: str) -> list[str]:
    return [row[0] for row in sql.execute(query).fetchall()]


def test_row_level_security_is_on_everywhere_partitions_included(sql: Any) -> None:
    sql.execute("select private.ensure_history_partitions('2026-01-01', '2026-03-31')")
    without = names(
        sql,
        f"select oid::regclass::text from pg_class where relnamespace in {OURS}"
        " and relkind in ('r', 'p') and not relrowsecurity",
    )
    assert without == []


def test_a_partition_gives_nothing_to_anybody(sql: Any) -> None:
    sql.execute("select private.ensure_history_partitions('2026-01-01', '2026-03-31')")
    open_to = names(
        sql,
        "select c.relname || ' to ' || r.rolname from pg_class c, pg_roles r"
        " where c.relispartition and c.relkind = 'r'"
        " and r.rolname in ('anon', 'authenticated', 'service_role')"
        " and has_table_privilege(r.rolname, c.oid, 'select, insert, update, delete')",
    )
    assert open_to == []


def test_the_signed_out_have_no_right_to_any_relation_or_function(sql: Any) -> None:
    assert (
        names(
            sql,
            f"select oid::regclass::text from pg_class where relnamespace in {OURS}"
            " and relkind in ('r', 'p', 'v') and"
            " has_table_privilege('anon', oid, 'select, insert, update, delete, truncate')",
        )
        == []
    )
    assert (
        names(
            sql,
            f"select oid::regprocedure::text from pg_proc where pronamespace in {OURS}"
            " and has_function_privilege('anon', oid, 'execute') order by 1",
        )
        # In indexes of the suppliers: whoever writes one runs them. They read nothing, and the
        # schema they are in is closed to people.
        == ["private.fold(text)", "private.search_text(text,text)", "private.unaccented(text)"]
    )


PEOPLES = {
    "who is asking": "is_active is_admin is_staff may_read own_supplier_ids",
    "read with the reader's own rights": """
        today daily_levels movers count_milestones figures_json week_before
        run_queries fingerprint last_scored recent_milestones count_calls_made count_suppliers
        find_suppliers find_supplier_ids count_levels filter_choices distinct_of
        ordered_supplier_ids suppliers_by_id inactive_suppliers name_to_export
        match_suppliers found_by_text supplier_conditions supplier_order text_array
        supplier_screen list_suppliers quiet_condition contacted_query
        fold unaccented search_text finite utc_date takes_mail_slot has_address
        supplier_360 score_history all_scorecards supplier_marks supplier_timeline
        day_score score_of scorecards_of same_scorecards scorecard_changed_on last_contact
        call_queue count_calls count_queue ended_calls find_interventions count_interventions
        titles playbook_title playbook_titles names preview_bulk contact_obstacle digest_facts
        bulk_state newest_bulk interventions_of
        definitions_in_force definition_versions playbook_figures enter_api api_suppliers""",
    "with the owner's rights, to staff only": """
        people search_suppliers author holds_lease active_days use_api""",
    "with the owner's rights, to admins only": """
        add_note assign_owner cancel_intervention claim_call release_call reopen_call
        retry_intervention snooze_call undo_bulk undo_owners close_bulks
        list_people give_role remove_person end_sessions_of_person
        publish_definition waiting_messages count_capped queue_test_mail
        preview_basis preview_measures
        request_run run_status mail_status mail_list retry_mail data_status
        audit_page audit_choices""",
}


def test_signed_in_people_may_execute_only_these(sql: Any) -> None:
    found = names(
        sql,
        f"select proname from pg_proc where pronamespace in {OURS}"
        " and has_function_privilege('authenticated', oid, 'execute') order by 1",
    )
    assert found == sorted(name for group in PEOPLES.values() for name in group.split())


def test_what_runs_with_the_owners_rights_is_named_here(sql: Any) -> None:
    """A function that sees past row level security must ask itself who is calling."""
    found = names(
        sql,
        f"select proname from pg_proc where pronamespace in {OURS} and prosecdef"
        " and has_function_privilege('authenticated', oid, 'execute') order by 1",
    )
    asks = names(
        sql,
        f"select proname from pg_proc where pronamespace in {OURS} and prosecdef"
        " and prosrc ~ 'private[.](require_admin|may_read)[(][)]' order by 1",
    )
    only_of_the_caller = {"is_staff", "is_admin", "may_read", "own_supplier_ids", "holds_lease"}
    assert set(found) - only_of_the_caller == set(asks)


def test_every_foreign_key_has_an_index(sql: Any) -> None:
    unindexed = names(
        sql,
        "select conrelid::regclass || '.' || conname from pg_constraint c"
        f" where contype = 'f' and connamespace in {OURS} and conparentid = 0"
        " and not exists (select from pg_index i where i.indrelid = c.conrelid"
        "   and (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey)",
    )
    assert unindexed == []


def test_functions_fix_their_search_path_but_for_those_to_be_inlined(sql: Any) -> None:
    open_path = names(
        sql,
        f"select proname from pg_proc where pronamespace in {OURS}"
        " and not coalesce(array_to_string(proconfig, ',') like '%search_path=%', false)",
    )
    # Their bodies were parsed when they were made, or name everything with its schema.
    assert sorted(open_path) == [
        "contact_obstacle",
        "day_score",
        "fold",
        "has_address",
        "interventions_of",
        "is_active",
        "keeps_quiet_hours",
        "last_contact",
        "score_of",
        "search_text",
        "takes_mail_slot",
        "unaccented",
    ]


def test_views_run_with_the_rights_of_the_reader(sql: Any) -> None:
    assert (
        names(
            sql,
            f"select oid::regclass::text from pg_class where relkind = 'v'"
            f" and relnamespace in {OURS}"
            " and not coalesce(reloptions @> array['security_invoker=true'], false)",
        )
        == []
    )


def test_policies_ask_for_the_caller_once_and_not_per_row(sql: Any) -> None:
    bare = names(
        sql,
        "select policyname from pg_policies where schemaname in ('public', 'private')"
        r" and regexp_replace(coalesce(qual, '') || coalesce(with_check, ''),"
        r" '\( SELECT [^()]*\(\)[^()]*\)', '', 'g') ~ '(uid|is_staff|is_admin)\('",
    )
    assert bare == []


def test_everything_of_ours_says_what_it_is_for(sql: Any) -> None:
    silent = names(
        sql,
        f"select oid::regclass::text from pg_class where relnamespace in {OURS}"
        " and relkind in ('r', 'p', 'v') and not relispartition"
        " and obj_description(oid, 'pg_class') is null"
        " and relname not in ('suppliers', 'user_profiles')"
        f" union all select oid::regprocedure::text from pg_proc where pronamespace in {OURS}"
        " and obj_description(oid, 'pg_proc') is null",
    )
    assert silent == []


def test_keys_of_per_supplier_tables_contain_the_supplier(sql: Any) -> None:
    """So that they can be partitioned or sharded by it; events keep the sender's key."""
    without = names(
        sql,
        "select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid"
        f" where i.indisunique and c.relnamespace in {OURS} and not c.relispartition"
        " and exists (select from pg_attribute a where a.attrelid = c.oid"
        "   and attname = 'supplier_id')"
        " and not exists (select from pg_attribute a where a.attrelid = c.oid"
        "   and attname = 'supplier_id' and a.attnum = any (i.indkey))",
    )
    assert without == ["activity_events_pkey"]


def test_the_default_scorecard_of_the_database_is_that_of_the_seed_file(sql: Any) -> None:
    (definition,) = sql.execute("select definition from scorecards where version = 1").fetchone()
    assert Scorecard.from_dict(definition, version=1) == DEFAULT_SCORECARD


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("'{measures,login_recency,weight}', '31'", "weights_sum_to_100"),
        ("'{measures,login_recency}', '{}'", "weights_sum_to_100"),
        ("'{thresholds,critical_below}', '70'", "thresholds_are_in_order"),
        ("'{thresholds}', '{}'", "thresholds_are_in_order"),
        ("'{measures,form_completion,window_days}', '0'", "windows_are_days"),
    ],
)
def test_the_database_refuses_a_scorecard_that_does_not_add_up(
    change: str, constraint: str, sql: Any
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match=constraint):
        sql.execute(
            "insert into scorecards (version, definition)"
            f" select 2, jsonb_set(definition, {change}) from scorecards"
        )


def test_the_database_refuses_a_recommendation_without_its_key(sql: Any) -> None:
    supplier_id = add_scored_supplier(sql, "Rowan & Fox", 55)
    with pytest.raises(psycopg.errors.CheckViolation, match="each_recommendation_has_its_key"):
        sql.execute(
            "update current_health set recommendations = '{Call them}' where supplier_id = %s",
            [supplier_id],
        )
