-- What the screens, the export and the API read: the lists as views, which run with the reader's own
-- rights, and several reads in one request.

-- ============ views ============

-- The columns at the end of a list are looked up for the rows of a page alone, and by who asks for
-- them alone.
create view public.supplier_overview with (security_invoker = true) as
select s.id as supplier_id, s.business_name, s.category, s.tier, s.status,
       private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now()) as is_active,
       s.signed_up_at,
       h.score_date, h.as_of, h.health_score, h.risk_level, h.last_login,
       h.login_recency_points, h.feature_adoption_points, h.client_activity_points,
       h.form_completion_points, h.journey_performance_points,
       h.feature_adoption_score, h.client_engagement_score,
       h.form_completion_score, h.journey_performance_score,
       h.features_used, h.features_core, h.clients_active, h.clients_known,
       h.forms_sent, h.forms_completed, h.steps_due, h.steps_completed,
       h.recommendations, h.scorecard_version, h.calculated_at,
       h.supplier_id as scored_supplier_id,
       trim_scale(coalesce(s.monthly_revenue, 0)::numeric) as monthly_revenue,
       private.name_to_export(s.owner_id) as owner,
       (select w.change from public.week_changes w where w.supplier_id = h.supplier_id) as score_change_7_days,
       (select count(*) from public.interventions i
        where i.supplier_id = s.id and i.status in ('planned', 'sending')) as planned_interventions
from private.source_suppliers s
left join public.current_health h on h.supplier_id = s.id;
comment on view public.supplier_overview is 'Every supplier with its newest score, if it has one.';
comment on column public.supplier_overview.scored_supplier_id is
  'The supplier_id again, null without a score. Who pages by key bounds both: Postgres does not '
  'infer one bound from the other, and would read one side of the join from its start for each page.';

-- The three below page by key as well. "offset 0" keeps each lookup a lookup, page after page.

create view public.health_history with (security_invoker = true) as
select h.supplier_id, s.business_name, s.category, h.tier, s.status,
       h.score_date, h.as_of, h.health_score, h.risk_level, h.last_login,
       h.login_recency_points, h.feature_adoption_points, h.client_activity_points,
       h.form_completion_points, h.journey_performance_points,
       h.feature_adoption_score, h.client_engagement_score,
       h.form_completion_score, h.journey_performance_score,
       h.features_used, h.features_core, h.clients_active, h.clients_known,
       h.forms_sent, h.forms_completed, h.steps_due, h.steps_completed,
       h.recommendations, h.scorecard_version, h.calculated_at,
       s.monthly_revenue, private.name_to_export(s.owner_id) as owner,
       h.health_score - (
         select b.health_score from public.customer_health b
         where b.supplier_id = h.supplier_id and b.score_date = private.week_before(h.score_date)) as score_change_7_days,
       (select count(*) from public.interventions i
        where i.supplier_id = h.supplier_id and i.status in ('planned', 'sending')) as planned_interventions
from public.customer_health h
cross join lateral (
  select business_name, category, status, owner_id, trim_scale(coalesce(monthly_revenue, 0)::numeric) as monthly_revenue
  from private.source_suppliers where id = h.supplier_id offset 0) s;
comment on view public.health_history is 'Every stored score with its supplier''s name.';

create view public.intervention_list with (security_invoker = true) as
select i.supplier_id, i.id, s.business_name, i.type, i.playbook, i.template, i.subject, i.status,
       i.reason, i.scheduled_for, i.sent_at, i.attempts, i.last_error, i.created_at,
       h.risk_level as current_risk_level,
       i.call_type, i.playbook_version, i.milestone_type, i.arm, i.score_date,
       (i.cause #>> '{reasons,0,score}')::integer as score_then, i.cause, i.requested_by,
       i.bulk_id, c.completed_by as made_by,
       c.outcome, private.name_to_export(i.requested_by) as requested_by_name,
       private.name_to_export(c.completed_by) as made_by_name
from public.interventions i
cross join lateral (
  select business_name from private.source_suppliers where id = i.supplier_id offset 0) s
left join lateral (
  select risk_level from public.current_health where supplier_id = i.supplier_id offset 0) h on true
left join lateral (
  select completed_by, outcome from public.support_interactions
  where supplier_id = i.supplier_id and intervention_id = i.id and completed_at is not null
  order by completed_at desc limit 1) c on true;
comment on view public.intervention_list is
  'Interventions with their supplier''s name and present level, without message bodies.';

create view public.milestone_list with (security_invoker = true) as
select m.supplier_id, m.id, s.business_name, m.milestone_type, m.achieved_at, m.celebrated, m.created_at,
       h.risk_level as current_risk_level, m.uncelebrated_reason
from public.success_milestones m
cross join lateral (
  select business_name from private.source_suppliers where id = m.supplier_id offset 0) s
left join lateral (
  select risk_level from public.current_health where supplier_id = m.supplier_id offset 0) h on true;
comment on view public.milestone_list is 'Milestones with their supplier''s name and present level.';

-- ============ functions: several reads in one request ============

create function public.run_queries(p_calls jsonb) returns json
language plpgsql stable set search_path = '' as $$
declare
  v_call jsonb;
  v_function pg_catalog.pg_proc;
  v_arguments text;
  v_answer json;
  v_answers json[] := '{}';
begin
  if not private.may_read() then
    raise insufficient_privilege using message = 'Only admins and analysts may ask.';
  elsif jsonb_array_length(p_calls) > 20 then
    raise sqlstate '22023' using message = 'At most 20 questions can be asked at once.';
  end if;
  for v_call in select c from jsonb_array_elements(p_calls) with ordinality x (c, place) order by place loop
    -- Only what the API would call as well, with the caller's own rights, and nothing that writes.
    -- Not itself: four levels of twenty would be 160,000 questions in one request.
    select * into v_function from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and proname = v_call ->> 'function'
      and prokind = 'f' and provolatile <> 'v' and not proretset
      and proname not in ('run_queries', 'fingerprint');
    if v_function.oid is null then
      raise sqlstate '22023' using message = format('There is nothing to read called %s.', v_call ->> 'function');
    end if;
    select string_agg(format(
             case when t.typcategory = 'A' then '%I => array(select jsonb_array_elements_text(%L))::%s' else '%I => %L::%s' end,
             a.key,
             case when jsonb_typeof(a.value) = 'null' then null
                  when t.typcategory = 'A' or t.typname in ('json', 'jsonb') then a.value::text else a.value #>> '{}' end,
             t.oid::regtype), ', ')
    into v_arguments
    from jsonb_each(v_call -> 'arguments') a
    -- A name that the function does not have finds no type: the call then fails, as it does over the API.
    left join unnest(v_function.proargnames[1 : v_function.pronargs], v_function.proargtypes::oid[]) known (name, type)
      on known.name = a.key
    left join pg_catalog.pg_type t on t.oid = known.type;
    execute format('select to_json(public.%I(%s))', v_function.proname, v_arguments) into v_answer;
    v_answers := v_answers || v_answer;
  end loop;
  return json_build_object('fingerprint', md5(array_to_json(v_answers)::text), 'answers', array_to_json(v_answers));
end $$;
comment on function public.run_queries is
  'Several reading functions in one request: [{"function": name, "arguments": {...}}, ...] gives their answers in order, '
  'and a mark that is the same as long as they are.';

create function public.fingerprint(p_calls jsonb) returns text
language sql stable set search_path = '' as $$
  select public.run_queries(p_calls) ->> 'fingerprint';
$$;
comment on function public.fingerprint is
  'The mark of public.run_queries alone: what an open screen asks for to know whether it is still true.';

-- ============ functions: parts of answers ============

create function private.score_of(h public.current_health) returns json
language sql stable
-- A parsed body and no search_path setting, so that the planner can inline it: 500 are shown at once.
return case when h.supplier_id is not null then json_build_object(
  'score_date', h.score_date, 'health_score', h.health_score, 'risk_level', h.risk_level,
  'scorecard_version', h.scorecard_version,
  'days_since_login', extract(epoch from h.as_of - h.last_login)::double precision / 86400,
  'login_recency_points', h.login_recency_points, 'feature_adoption_points', h.feature_adoption_points,
  'client_activity_points', h.client_activity_points, 'form_completion_points', h.form_completion_points,
  'journey_performance_points', h.journey_performance_points,
  'features_used', h.features_used, 'features_core', h.features_core,
  'clients_active', h.clients_active, 'clients_known', h.clients_known,
  'forms_sent', h.forms_sent, 'forms_completed', h.forms_completed,
  'steps_due', h.steps_due, 'steps_completed', h.steps_completed) end;
comment on function private.score_of is 'A score with all that explains it; null where there is none.';

create function private.day_score(d public.customer_health) returns json
language sql stable
-- A parsed body and no search_path setting, so that the planner can inline it.
return case when d.supplier_id is not null then json_build_object(
  'score_date', d.score_date, 'health_score', d.health_score, 'risk_level', d.risk_level,
  'scorecard_version', d.scorecard_version,
  'days_since_login', extract(epoch from d.as_of - d.last_login)::double precision / 86400,
  'login_recency_points', d.login_recency_points, 'feature_adoption_points', d.feature_adoption_points,
  'client_activity_points', d.client_activity_points, 'form_completion_points', d.form_completion_points,
  'journey_performance_points', d.journey_performance_points,
  'features_used', d.features_used, 'features_core', d.features_core,
  'clients_active', d.clients_active, 'clients_known', d.clients_known,
  'forms_sent', d.forms_sent, 'forms_completed', d.forms_completed,
  'steps_due', d.steps_due, 'steps_completed', d.steps_completed) end;
comment on function private.day_score is 'A score of the history, as private.score_of writes a current one.';

create function private.last_contact(p_supplier uuid) returns table (at timestamptz)
language sql stable
-- A table, and no search_path setting (every name is qualified): in a FROM the planner can inline it.
as $$
  select greatest(
    (select max(i.sent_at) from public.interventions i where i.supplier_id = p_supplier and i.type = 'email'),
    (select max(c.completed_at) from public.support_interactions c
     where c.supplier_id = p_supplier and c.outcome is distinct from 'not_needed'));
$$;
comment on function private.last_contact is 'When a supplier was last sent an e-mail, or called.';

create function private.playbook_title(p_name text) returns text
language sql stable set search_path = '' as $$
  select definition ->> 'title' from public.playbooks where name = p_name order by version desc limit 1;
$$;
comment on function private.playbook_title is 'What a playbook is called now.';

create function private.playbook_titles(p_cause jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_object_agg(r ->> 'playbook', private.playbook_title(r ->> 'playbook'))
  from jsonb_array_elements(p_cause -> 'reasons') reasons (r) where r ? 'playbook';
$$;
comment on function private.playbook_titles is 'What the playbooks of a cause are called now, by name; null if it has none.';
