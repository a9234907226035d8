-- What the downloads read: the columns of the screens, suppliers in the order on screen.

-- ============ columns ============

create function private.name_to_export(p_person uuid) returns text
language sql stable set search_path = '' as $$
  select coalesce(
    (select coalesce(nullif(btrim(u.full_name), ''), 'Somebody') from private.source_users u
     where u.id = p_person and u.role in ('admin', 'analyst')),
    case when p_person is not null then 'Somebody' end);
$$;
comment on function private.name_to_export is
  'What a person is called in a file: never by an e-mail address, which no export holds.';
revoke execute on function private.name_to_export from public, anon;
grant execute on function private.name_to_export to authenticated, service_role;

-- The same columns, and more at the end. Each is looked up for the rows of a page alone, and by
-- who asks for it alone.
create or replace view public.supplier_overview with (security_invoker = true) as
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

create or replace view public.health_history with (security_invoker = true) as
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

create or replace view public.intervention_list with (security_invoker = true) as
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

create function public.interventions_of(p_person uuid) returns setof public.intervention_list
language sql stable
-- A parsed body and no search_path setting, so that the planner can inline it: filters, order and limit are the caller's.
begin atomic
  select l.* from public.intervention_list l
  -- What one person did is little: found by that person, not row by row.
  where (l.supplier_id, l.id) in (
    select supplier_id, id from public.interventions where requested_by = p_person
    union all
    select supplier_id, intervention_id from public.support_interactions where completed_by = p_person);
end;
comment on function public.interventions_of is 'The interventions that a person asked for, and those whose call that person made.';

-- ============ suppliers ============

create function public.ordered_supplier_ids(p_filter jsonb, p_sort text) returns json
language plpgsql stable set search_path = '' as $$
declare
  v_order constant record := private.supplier_order(p_sort);
  v_ids json;
begin
  -- One statement, so one moment: nobody is met twice or missed because a score moved between
  -- two pages.
  execute format(
    'select coalesce(json_agg(id order by %s), ''[]'')
     from (select s.id, %s as key
           from private.source_suppliers s
           left join public.current_health h on h.supplier_id = s.id
           left join public.week_changes w on w.supplier_id = s.id
           where %s) matched',
    v_order.within, v_order.key, private.supplier_conditions(p_filter, now()))
  into v_ids using private.found_by_text(p_filter);
  return v_ids;
end $$;
comment on function public.ordered_supplier_ids is
  'The ids of all suppliers that match a filter, in an order of the list, as of one moment.';

create function public.suppliers_by_id(p_ids uuid[]) returns setof public.supplier_overview
language sql stable set search_path = '' as $$
  select * from public.supplier_overview where supplier_id = any (p_ids);
$$;
comment on function public.suppliers_by_id is 'Some suppliers with their newest scores, in any order.';

create function public.inactive_suppliers(p_text text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'supplier_id', id, 'business_name', business_name, 'state', state, 'since', private.finite(
      case state when 'paused' then paused_at when 'churned' then churned_at else signed_up_at end))
    order by private.fold(business_name) collate "C", id), '[]')
  from (
    select s.*, case when s.signed_up_at is null or s.signed_up_at >= now() then 'not_signed_up'
                  when s.status = 'churned' and coalesce(s.churned_at, '-infinity') < now() then 'churned'
                  else 'paused' end as state
    from private.source_suppliers s
    where s.id = any (array(select private.search_suppliers(p_text)))
      and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now()) is not true
    order by private.fold(s.business_name) collate "C", s.id limit least(p_limit, 50)) found;
$$;
comment on function public.inactive_suppliers is
  'Paused, churned and not yet signed up suppliers with every word of a text in name or e-mail address.';

revoke execute on function public.interventions_of, public.ordered_supplier_ids, public.suppliers_by_id,
  public.inactive_suppliers
  from public, anon, authenticated;
grant execute on function public.interventions_of, public.ordered_supplier_ids, public.suppliers_by_id,
  public.inactive_suppliers
  to authenticated, service_role;
