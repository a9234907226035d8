-- What the screen of one supplier shows, and notes about suppliers.

create table public.supplier_notes (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  text text not null check (length(btrim(text)) >= 1 and length(text) <= 5000),
  created_by uuid references public.user_profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (supplier_id, id)
);
create index supplier_notes_created_by_idx on public.supplier_notes (created_by);
alter table public.supplier_notes enable row level security;
comment on table public.supplier_notes is 'What the team writes down about a supplier, apart from calls.';
create trigger cs_audit after insert or update or delete on public.supplier_notes
  for each row execute function private.write_audit('text?', 'created_by');

alter table public.support_interactions
  add column claimed_by uuid references public.user_profiles (id) on delete set null,
  add column claimed_at timestamptz,
  add column completed_by uuid references public.user_profiles (id) on delete set null,
  add column noted_at timestamptz,
  add column snoozed_reason text check (length(btrim(snoozed_reason)) between 1 and 500);
create index support_interactions_claimed_by_idx on public.support_interactions (claimed_by);
create index support_interactions_completed_by_idx on public.support_interactions (completed_by);
comment on column public.support_interactions.claimed_by is 'Who is making the call, so that nobody else does.';
comment on column public.support_interactions.completed_by is 'Who noted the outcome; null for the program.';
comment on column public.support_interactions.noted_at is 'When the outcome was noted; completed_at says when the call was made.';
comment on column public.support_interactions.snoozed_reason is 'Why it was put off last.';

create or replace function private.write_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_old jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) else '{}' end;
  v_new jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) else '{}' end;
  v_row constant jsonb := v_new || v_old;
  v_before jsonb;
  v_after jsonb;
begin
  -- Only the columns named as arguments: free text may hold contact data. Of one whose name
  -- ends in "?" the log says that it changed, and not to what; of one that names its words
  -- ("a=b,c"), this only where it holds another.
  select jsonb_object_agg(w.name, case when w.shown or v_old ->> w.name = any (w.words) then v_old -> w.name else '"changed"' end)
           filter (where v_old -> w.name is not null and v_old -> w.name <> 'null'),
         jsonb_object_agg(w.name, case when w.shown or v_new ->> w.name = any (w.words)
                                         or w.words is not null and v_new -> w.name = 'null'
                                       then v_new -> w.name else '"changed"' end)
           filter (where v_new -> w.name is not null)
  into v_before, v_after
  from (
    select rtrim(split_part(a.given, '=', 1), '?') as name, a.given !~ '[?=]' as shown,
           case when a.given like '%=%' then string_to_array(split_part(a.given, '=', 2), ',') end as words
    from unnest(tg_argv[0:]) a (given)) w
  where v_old -> w.name is distinct from v_new -> w.name;
  if v_before is null and coalesce(jsonb_strip_nulls(v_after), '{}') = '{}' then
    return null;
  end if;
  insert into public.audit_log (actor_id, table_name, row_key, action, before, after)
  values (auth.uid(), tg_table_name,
          concat_ws('/', v_row ->> 'supplier_id', coalesce(v_row ->> 'id', v_row ->> 'version', v_row ->> 'feature')),
          lower(tg_op), v_before, v_after);
  return null;
end $$;
comment on function private.write_audit is
  'Note a change in the audit log. Arguments: columns to watch; with "?", without their content; with "=" and words, '
  'without any other content.';
create or replace trigger cs_audit after insert or update or delete on public.support_interactions
  for each row execute function private.write_audit(
    'type', 'notes?', 'outcome=reached,left_message,no_answer,not_needed', 'scheduled_for', 'completed_at', 'created_by', 'claimed_by', 'snoozed_reason?');

create function private.note_caller() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.completed_at is not null and (tg_op = 'INSERT' or old.completed_at is null) then
    new.completed_by := (select u.id from private.source_users u where u.id = (select auth.uid()));
    new.noted_at := now();
  end if;
  return new;
end $$;
comment on function private.note_caller is 'Who notes what came of a call is who made it; when it is noted is kept too.';
create trigger cs_note_caller before insert or update of completed_at on public.support_interactions
  for each row execute function private.note_caller();

alter table public.interventions add column bulk_id uuid;
create index interventions_bulk_id_idx on public.interventions (bulk_id) where bulk_id is not null;
comment on column public.interventions.bulk_id is 'What was asked for many suppliers at once has the same one.';

-- ============ now ============

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

create function public.supplier_360(p_supplier uuid) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  s record;
  h public.current_health;
  then_ public.customer_health;
  v_scores integer[];
  v_is_active boolean;
  v_cap jsonb;
begin
  select * into s from private.source_suppliers where id = p_supplier;
  if s.id is null then
    return null;
  end if;
  v_is_active := private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now());
  select * into h from public.current_health where supplier_id = p_supplier;
  select * into then_ from public.customer_health
  where supplier_id = p_supplier and score_date between h.score_date - 10 and h.score_date - 7
  order by score_date desc limit 1;
  select definition -> 'email_cap' into v_cap from public.outreach_rules order by version desc limit 1;
  select f.scores into v_scores from public.daily_figures f order by f.score_date desc limit 1;
  return jsonb_build_object(
    'supplier_id', s.id, 'business_name', s.business_name, 'contact_name', s.contact_name,
    'email', s.email, 'phone', s.phone, 'category', s.category, 'tier', s.tier, 'status', s.status,
    'timezone', coalesce(s.timezone, 'UTC'), 'monthly_revenue', coalesce(s.monthly_revenue, 0),
    'signed_up_at', private.finite(s.signed_up_at), 'onboarded_at', private.finite(s.onboarded_at),
    'trial_ends_at', case when s.status = 'trial' then private.finite(s.trial_ends_at) end,
    'paused_at', private.finite(s.paused_at), 'churned_at', private.finite(s.churned_at),
    'opted_out', coalesce(s.email_opt_out, false), 'is_active', v_is_active,
    'owner_id', s.owner_id, 'owner_name', (select name from private.people() where id = s.owner_id),
    'score_date', h.score_date, 'as_of', h.as_of, 'health_score', h.health_score, 'risk_level', h.risk_level,
    'previous_score', h.previous_score, 'previous_level', h.previous_level, 'last_login', h.last_login,
    'recommendations', to_jsonb(coalesce(h.recommendations, '{}')),
    'last_contacted_at', (select at from private.last_contact(s.id)),
    'obstacles', jsonb_strip_nulls(jsonb_build_object(
      'email', (select o.reason from private.contact_obstacle(s.id, 'email', now(), now(), v_cap) o),
      'call', (select o.reason from private.contact_obstacle(s.id, 'call', now(), now(), v_cap) o))),
    'open_call', (
      select jsonb_build_object('id', c.id, 'type', c.type, 'scheduled_for', c.scheduled_for,
        'claimed_by', c.claimed_by, 'intervention_id', c.intervention_id,
        'claimed_by_name', (select name from private.people() where id = c.claimed_by))
      from public.support_interactions c
      where c.supplier_id = s.id and c.completed_at is null and c.cancelled_at is null
      order by c.scheduled_for, c.id limit 1),
    'rank', case when v_is_active and h.health_score is not null and v_scores is not null then jsonb_build_object(
      'position', 1 + coalesce((select sum(n) from unnest(v_scores[1 : h.health_score]) n), 0),
      'of', greatest((select sum(n) from unnest(v_scores) n), 1)) end,
    'score', private.score_of(h), 'week_ago', private.day_score(then_),
    'scorecards', private.scorecards_of(array[h.scorecard_version, then_.scorecard_version]));
end $$;
comment on function public.supplier_360 is 'All about a supplier but its history; null if there is none.';

-- ============ before ============

create function public.score_history(p_supplier uuid, p_days integer) returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_last constant date := (select score_date from public.current_health where supplier_id = p_supplier);
begin
  return (
    select coalesce(json_agg(private.day_score(d) order by d.score_date), '[]')
    from public.customer_health d
    where d.supplier_id = p_supplier and d.score_date > v_last - least(p_days, 1100) and d.score_date <= v_last);
end $$;
comment on function public.score_history is 'A supplier''s scores of the days up to its newest, the oldest first.';

create function public.all_scorecards() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(version, definition), '{}') from public.scorecards;
$$;
comment on function public.all_scorecards is 'Every scorecard there was, by version.';

create function public.supplier_marks(p_supplier uuid, p_since timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(m) order by m.at, m.id), '[]')
  from (
    select 'intervention' as kind, coalesce(c.completed_at, i.sent_at, i.scheduled_for, i.created_at) as at,
           i.type as what, i.id::text as id, i.status, i.playbook
    from public.interventions i
    left join public.support_interactions c
      on i.type = 'call' and c.supplier_id = i.supplier_id and c.intervention_id = i.id
    where i.supplier_id = p_supplier and i.status in ('planned', 'sending', 'sent', 'done')
      and coalesce(c.completed_at, i.sent_at, i.scheduled_for, i.created_at) >= p_since
    union all
    select 'milestone', achieved_at, milestone_type, id::text, null, null from public.success_milestones
    where supplier_id = p_supplier and achieved_at >= p_since
    union all
    select 'scorecard', published_at, version::text, null, null, null from public.scorecards
    where published_at >= p_since
    order by at desc limit 500) m;
$$;
comment on function public.supplier_marks is
  'What to point at beside a supplier''s scores: interventions, milestones, new scorecards; the newest 500.';

create function public.supplier_timeline(
  p_supplier uuid, p_before timestamptz, p_before_id text, p_limit integer, p_kinds text[]
) returns jsonb
language sql stable set search_path = '' as $$
  with bounds as (
    select coalesce(p_before, 'infinity') as at, coalesce(p_before_id, '') as id, least(p_limit, 200) as n
  ), entries as (
    (select 'login' as kind, max(e.occurred_at) as at, 'login/' || private.utc_date(e.occurred_at) as id,
            jsonb_build_object('count', count(*)) as facts
     from public.activity_events e
     where 'login' = any (p_kinds) and e.supplier_id = p_supplier and e.event_type = 'login'
     group by private.utc_date(e.occurred_at)
     having (max(e.occurred_at), 'login/' || private.utc_date(e.occurred_at)) < (select at, id from bounds)
     order by private.utc_date(e.occurred_at) desc limit (select n from bounds))
    union all
    (select 'feature', max(e.occurred_at), 'feature/' || private.utc_date(e.occurred_at),
            jsonb_build_object('features', jsonb_agg(distinct e.subject), 'count', count(*))
     from public.activity_events e
     where 'feature' = any (p_kinds) and e.supplier_id = p_supplier and e.event_type = 'feature_used'
     group by private.utc_date(e.occurred_at)
     having (max(e.occurred_at), 'feature/' || private.utc_date(e.occurred_at)) < (select at, id from bounds)
     order by private.utc_date(e.occurred_at) desc limit (select n from bounds))
    union all
    (select 'form', f.occurred_at, f.id::text, jsonb_build_object('form', f.subject, 'event', f.event)
     from (values ('form_sent', 'sent'), ('form_completed', 'completed')) k (event_type, event)
     cross join lateral (
       select e.occurred_at, e.id, e.subject, k.event from public.activity_events e
       where 'form' = any (p_kinds) and e.supplier_id = p_supplier and e.event_type = k.event_type
         and e.occurred_at <= (select at from bounds)
         and (e.occurred_at, e.id::text) < (select at, id from bounds)
       order by e.occurred_at desc, e.id::text desc limit (select n from bounds)) f)
    union all
    (select 'intervention', coalesce(i.sent_at, i.scheduled_for, i.created_at), i.id::text, jsonb_build_object(
       'type', i.type, 'status', i.status, 'reason', i.reason, 'playbook', i.playbook,
       'playbook_titles', private.playbook_titles(i.cause), 'template', i.template, 'subject', i.subject,
       'milestone_type', i.milestone_type, 'sent_at', i.sent_at, 'scheduled_for', i.scheduled_for,
       'attempts', i.attempts, 'may_have_arrived', i.may_have_arrived, 'last_error', i.last_error, 'cause', i.cause, 'bulk_id', i.bulk_id,
       'requested_by_name', (select name from private.people() where id = i.requested_by))
     from public.interventions i
     where 'intervention' = any (p_kinds) and i.supplier_id = p_supplier
       and (i.type <> 'call' or i.status = 'suppressed')  -- the others are in the call queue
       and (coalesce(i.sent_at, i.scheduled_for, i.created_at), i.id::text) < (select at, id from bounds)
     order by 2 desc, 3 desc limit (select n from bounds))
    union all
    (select 'call', coalesce(c.completed_at, c.cancelled_at, c.scheduled_for, c.created_at), c.id::text,
            jsonb_build_object(
       'type', c.type, 'outcome', c.outcome, 'notes', c.notes, 'scheduled_for', c.scheduled_for,
       'completed_at', c.completed_at, 'cancelled_at', c.cancelled_at, 'snoozed_reason', c.snoozed_reason,
       'claimed_by', c.claimed_by, 'intervention_id', c.intervention_id, 'cause', i.cause,
       'playbook_titles', private.playbook_titles(i.cause), 'reason', i.reason,
       'by_name', (select name from private.people() where id = coalesce(c.completed_by, c.claimed_by, c.created_by)))
     from public.support_interactions c
     left join public.interventions i on i.supplier_id = c.supplier_id and i.id = c.intervention_id
     where 'call' = any (p_kinds) and c.supplier_id = p_supplier
       and (coalesce(c.completed_at, c.cancelled_at, c.scheduled_for, c.created_at), c.id::text)
           < (select at, id from bounds)
     order by 2 desc, 3 desc limit (select n from bounds))
    union all
    (select 'note', n.created_at, n.id::text, jsonb_build_object(
       'text', n.text, 'by_name', (select name from private.people() where id = n.created_by))
     from public.supplier_notes n
     where 'note' = any (p_kinds) and n.supplier_id = p_supplier
       and (n.created_at, n.id::text) < (select at, id from bounds)
     order by 2 desc, 3 desc limit (select n from bounds))
    union all
    (select 'milestone', m.achieved_at, m.id::text,
            jsonb_build_object('milestone_type', m.milestone_type, 'celebrated', m.celebrated)
     from public.success_milestones m
     where 'milestone' = any (p_kinds) and m.supplier_id = p_supplier
       and (m.achieved_at, m.id::text) < (select at, id from bounds)
     order by 2 desc, 3 desc limit (select n from bounds))
  )
  select coalesce(jsonb_agg(to_jsonb(e) order by e.at desc, e.id desc), '[]')
  from (select * from entries order by at desc, id desc limit (select n from bounds)) e;
$$;

comment on function public.supplier_timeline is
  'The next entries of what happened with a supplier, the newest first, before an instant and id.';

-- ============ rights ============

revoke all on public.supplier_notes from anon, authenticated, service_role;
grant select on public.supplier_notes to authenticated, service_role;
grant insert on public.supplier_notes to service_role;
create policy "staff read notes" on public.supplier_notes
  for select to authenticated using ((select private.is_staff()));

revoke execute on function private.note_caller, private.playbook_title, private.playbook_titles, private.day_score, public.supplier_360,
  public.score_history, public.all_scorecards, public.supplier_marks, public.supplier_timeline
  from public, anon, authenticated;
grant execute on function private.playbook_title, private.playbook_titles, private.utc_date, private.day_score, public.supplier_360,
  public.score_history, public.all_scorecards, public.supplier_marks, public.supplier_timeline
  to authenticated, service_role;
