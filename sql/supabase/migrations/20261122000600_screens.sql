-- What the screens, the export and the API read. Views run with the reader's own rights.

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
       h.supplier_id as scored_supplier_id
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
       h.recommendations, h.scorecard_version, h.calculated_at
from public.customer_health h
cross join lateral (
  select business_name, category, status
  from private.source_suppliers where id = h.supplier_id offset 0) s;
comment on view public.health_history is 'Every stored score with its supplier''s name.';

create view public.intervention_list with (security_invoker = true) as
select i.supplier_id, i.id, s.business_name, i.type, i.playbook, i.template, i.subject, i.status,
       i.reason, i.scheduled_for, i.sent_at, i.attempts, i.last_error, i.created_at,
       h.risk_level as current_risk_level
from public.interventions i
cross join lateral (
  select business_name from private.source_suppliers where id = i.supplier_id offset 0) s
left join lateral (
  select risk_level from public.current_health where supplier_id = i.supplier_id offset 0) h on true;
comment on view public.intervention_list is
  'Interventions with their supplier''s name and present level, without message bodies.';

create view public.milestone_list with (security_invoker = true) as
select m.supplier_id, m.id, s.business_name, m.milestone_type, m.achieved_at, m.celebrated, m.created_at,
       h.risk_level as current_risk_level
from public.success_milestones m
cross join lateral (
  select business_name from private.source_suppliers where id = m.supplier_id offset 0) s
left join lateral (
  select risk_level from public.current_health where supplier_id = m.supplier_id offset 0) h on true;
comment on view public.milestone_list is 'Milestones with their supplier''s name and present level.';

create function public.health_summary() returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'total', count(*),
    'healthy', count(*) filter (where risk_level = 'healthy'),
    'at_risk', count(*) filter (where risk_level = 'at_risk'),
    'critical', count(*) filter (where risk_level = 'critical'),
    'not_scored', count(*) filter (where risk_level is null),
    -- That of most: one supplier scored anew makes the others no fresher, and one that just
    -- came back makes them no staler.
    'scored_at', percentile_disc(0.5) within group (order by calculated_at))
  from public.supplier_overview where is_active;
$$;
comment on function public.health_summary is 'How many active suppliers there are per level, and when most scores were made.';

revoke all on public.supplier_overview, public.health_history, public.intervention_list,
  public.milestone_list from anon, authenticated, service_role;
grant select on public.supplier_overview, public.health_history, public.intervention_list,
  public.milestone_list to authenticated, service_role;
revoke execute on function public.health_summary from public, anon;
grant execute on function public.health_summary to authenticated, service_role;
