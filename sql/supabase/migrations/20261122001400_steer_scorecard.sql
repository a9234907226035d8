-- Steering the score: versions of the scorecard, looked at on today's measures before they are
-- published, and published by admins themselves.

-- ============ what the rules would refuse ============

-- cs_core/scorecard.py says what is wrong and where; whoever publishes past the screen is stopped
-- here, so that no run breaks on it. Not valid: what is stored stays as it is.
alter table public.scorecards
  add constraint would_break_no_run check (coalesce(
    definition @? 'strict $.measures ? (
      @.login_recency.weight >= 0 && @.login_recency.weight <= 100 && (@.login_recency.no_data == "zero" || @.login_recency.no_data == "exclude")
      && @.feature_adoption.weight >= 0 && @.feature_adoption.weight <= 100 && (@.feature_adoption.no_data == "zero" || @.feature_adoption.no_data == "exclude")
      && @.client_activity.weight >= 0 && @.client_activity.weight <= 100 && (@.client_activity.no_data == "zero" || @.client_activity.no_data == "exclude")
      && @.form_completion.weight >= 0 && @.form_completion.weight <= 100 && (@.form_completion.no_data == "zero" || @.form_completion.no_data == "exclude")
      && @.journey_performance.weight >= 0 && @.journey_performance.weight <= 100 && (@.journey_performance.no_data == "zero" || @.journey_performance.no_data == "exclude"))'
    and definition @? 'strict $.measures.login_recency.steps ? (@.type() == "array" && @.size() >= 1)'
    and jsonb_array_length(jsonb_path_query_array(definition, 'strict $.measures.login_recency.steps[*] ? (
        @.under_days > 0 && @.points >= 0 && @.points <= 100)', '{}', true))
      = jsonb_array_length(jsonb_path_query_array(definition, 'strict $.measures.login_recency.steps[*]', '{}', true)),
    false)) not valid,
  add constraint would_be_read check (length(note) <= 2000) not valid;

-- ============ measures by any scorecard ============

-- What private.measures did before, with the scorecard's measures given instead of its version:
-- one that is not published yet is measured by the same lines.
create function private.measures_by(p_as_of timestamptz, card jsonb, p_suppliers uuid[])
returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_date constant date := ((p_as_of - interval '1 microsecond') at time zone 'UTC')::date;
  -- Days before this one lie wholly before p_as_of; where it is v_date, p_as_of is amid that day.
  v_whole_until constant date := (p_as_of at time zone 'UTC')::date;
  -- First day of each window, and its first instant.
  feature_day constant date := v_date - ((card #>> '{feature_adoption,window_days}')::integer - 1);
  client_day constant date := v_date - ((card #>> '{client_activity,window_days}')::integer - 1);
  form_day constant date := v_date - ((card #>> '{form_completion,window_days}')::integer - 1);
  step_day constant date := v_date - ((card #>> '{journey_performance,window_days}')::integer - 1);
  feature_since constant timestamptz := feature_day::timestamp at time zone 'UTC';
  client_since constant timestamptz := client_day::timestamp at time zone 'UTC';
  form_since constant timestamptz := form_day::timestamp at time zone 'UTC';
  step_since constant timestamptz := step_day::timestamp at time zone 'UTC';
  login_gaps constant interval[] := array(
    select make_interval(secs => (step ->> 'under_days')::double precision * 86400)
    from jsonb_array_elements(card #> '{login_recency,steps}') step);
  result json;
begin
  with chosen as materialized (
    select s.id, s.signed_up_at, s.onboarded_at,
           -- A day scored before is scored again with the tier it was scored with.
           coalesce((select h.tier from public.customer_health h
                     where h.supplier_id = s.id and h.score_date = v_date
                       and c.score_date > v_date), s.tier) as tier,
           case when c.score_date < v_date then c.health_score
                when c.score_date = v_date then c.previous_score end as previous_score,
           case when c.score_date < v_date then c.risk_level
                when c.score_date = v_date then c.previous_level end as previous_level
    from unnest(p_suppliers) p (id)
    join private.source_suppliers s on s.id = p.id
    left join public.current_health c on c.supplier_id = s.id
  ), core as materialized (
    select t.tier, array_agg(distinct f.feature) as features
    from (select distinct tier from chosen) t
    join public.core_features f on f.tier in ('*', t.tier)
    group by t.tier
  ), measured as (
    select c.id, c.tier, c.signed_up_at, c.onboarded_at, c.previous_score, c.previous_level, n.*,
      coalesce(cardinality(k.features), 0) as features_core,
      -- Exact for a past instant too: later logins must not hide the one before it.
      case when n.last_login >= p_as_of then (
        select max(e.occurred_at) from public.activity_events e
        where e.supplier_id = c.id and e.event_type = 'login' and e.occurred_at < p_as_of
      ) else n.last_login end as login_at
    from chosen c
    left join core k on k.tier = c.tier
    -- Supplier by supplier through the key of subject_activity, which is in this very order.
    cross join lateral (
      select
        max(last_at) filter (where kind = 'login') as last_login,
        count(*) filter (where kind = 'feature' and in_window) as features_used,
        count(*) filter (where kind = 'client' and in_window) as clients_active,
        count(*) filter (where kind = 'client' and known_at < p_as_of) as clients_known,
        count(*) filter (where kind = 'form' and in_window) as forms_sent,
        count(*) filter (where kind = 'form' and in_window and completed_at < p_as_of) as forms_completed,
        count(*) filter (where kind = 'step' and in_window) as steps_due,
        count(*) filter (where kind = 'step' and in_window and completed_at < p_as_of) as steps_completed,
        -- What happened on the first day of its window leaves it when v_date ends, what
        -- happened a day later stays a day longer. Where something later is known: any time,
        -- but of steps, which are announced ahead, one knows the day.
        least(
          case when bool_or(is_later and kind <> 'step') then p_as_of end,
          min(step_moves_at),
          (v_date + 1 + extract(day from min(last_at - since) filter (where in_window and last_at < p_as_of))::integer
          )::timestamp at time zone 'UTC') as leaves_at
      from (
        select a.kind, a.known_at, a.last_at, a.completed_at, w.since,
               greatest(a.known_at, a.last_at, a.completed_at) >= p_as_of as is_later,
               case when a.kind = 'step' and greatest(a.last_at, a.completed_at) >= p_as_of then
                 least(
                   case when a.completed_at >= p_as_of then a.completed_at end,
                   case when a.days @> v_whole_until then p_as_of end,
                   -- The next due day begins; the last one leaves its window.
                   lower(a.days * datemultirange(daterange(v_whole_until + 1, null)))::timestamp at time zone 'UTC',
                   case when a.days && daterange(step_day, v_whole_until) then
                     (upper(a.days * datemultirange(daterange(null, v_whole_until))) + (v_date - step_day)
                     )::timestamp at time zone 'UTC' end)
               end as step_moves_at,
               case
                 when a.last_at < p_as_of then a.last_at >= w.since
                 when a.last_at is null or w.day is null then false
                 -- Something later is known: look at the days, and at the events of a last, partial one.
                 else a.days && daterange(w.day, v_whole_until)
                   or v_whole_until = v_date and a.days @> v_date and exists (
                     select from public.activity_events e
                     where e.supplier_id = a.supplier_id and e.subject = a.subject
                       and e.event_type = case a.kind
                         when 'feature' then 'feature_used' when 'client' then 'client_active'
                         when 'form' then 'form_sent' else 'journey_step_due' end
                       and e.occurred_at >= v_date::timestamp at time zone 'UTC' and e.occurred_at < p_as_of)
               end as in_window
        from private.subject_activity a
        cross join lateral (
          select case a.kind when 'feature' then feature_since when 'client' then client_since
                   when 'form' then form_since when 'step' then step_since end,
                 case a.kind when 'feature' then feature_day when 'client' then client_day
                   when 'form' then form_day when 'step' then step_day end
        ) w (since, day)
        where a.supplier_id = c.id and (a.kind <> 'feature' or a.subject = any (k.features))
        offset 0  -- each row's window is found once, not by every count
      ) subject
    ) n
    order by c.id
  )
  select json_build_object(
    'supplier_id', coalesce(json_agg(m.id), '[]'),
    'tier', json_agg(m.tier),
    'last_login', json_agg(m.login_at),
    'days_since_login', json_agg(extract(epoch from p_as_of - m.login_at)::double precision / 86400),
    -- A product's own table may hold infinity, which JSON has no number for.
    'days_since_sign_up', json_agg(case when isfinite(m.signed_up_at) then
      extract(epoch from p_as_of - m.signed_up_at)::double precision / 86400 end),
    'onboarded', json_agg(coalesce(m.onboarded_at < p_as_of, false)),
    'features_used', json_agg(coalesce(m.features_used, 0)),
    'features_core', json_agg(m.features_core),
    'clients_active', json_agg(coalesce(m.clients_active, 0)),
    'clients_known', json_agg(coalesce(m.clients_known, 0)),
    'forms_sent', json_agg(coalesce(m.forms_sent, 0)),
    'forms_completed', json_agg(coalesce(m.forms_completed, 0)),
    'steps_due', json_agg(coalesce(m.steps_due, 0)),
    'steps_completed', json_agg(coalesce(m.steps_completed, 0)),
    'previous_score', json_agg(m.previous_score),
    'previous_level', json_agg(m.previous_level),
    'changes_at', json_agg(least(m.leaves_at, (
        -- A gap of exactly 7 days counts as 7: up to the microsecond before it does not.
        select min(m.login_at + gap) - interval '1 microsecond'
        from unnest(login_gaps) gap where m.login_at + gap > p_as_of),
        'infinity')),
    'measured_xid', pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  ) into result
  from measured m;
  return result;
end $$;
comment on function private.measures_by is
  'Counts and dates of suppliers, as columns, from what happened before p_as_of only. Windows and '
  'login steps are those of card (the measures of a scorecard). p_suppliers is in ascending order.';

create or replace function private.measures(p_as_of timestamptz, p_scorecard_version integer, p_suppliers uuid[])
returns json
language plpgsql stable set search_path = '' as $$
declare
  card constant jsonb := (select definition -> 'measures' from public.scorecards where version = p_scorecard_version);
begin
  if card is null then
    raise sqlstate '22023' using message = format('There is no scorecard version %s.', p_scorecard_version);
  end if;
  return private.measures_by(p_as_of, card, p_suppliers);
end $$;

-- ============ scoring everybody anew ============

-- It contacts nobody, so it is no daily run: one that failed or did not happen must not look made up for.
alter table public.runs
  drop constraint runs_kind_check,
  add constraint runs_kind_check check (kind in ('daily', 'changed', 'supplier', 'backfill', 'rescoring'));
comment on column public.runs.kind is 'rescoring: an admin had everybody scored from the settings.';

-- ============ a preview ============

create function public.preview_basis() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select jsonb_build_object(
      'as_of', coalesce(
        (select max(as_of) from public.runs where status = 'done' and kind in ('daily', 'changed', 'rescoring')), max(h.as_of)),
      'suppliers', count(*),
      'scored_before', count(*) filter (
        where h.scorecard_version <> (select max(version) from public.scorecards)))
    from public.current_health h
    join private.source_suppliers s on s.id = h.supplier_id
    where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now()));
end $$;
comment on function public.preview_basis is
  'What a preview speaks of: the instant of the last run, how many active suppliers have a score, and how many '
  'of these were made with a scorecard that is no longer the newest.';

create function public.preview_measures(p_as_of timestamptz, p_card jsonb, p_after uuid, p_limit integer) returns json
language plpgsql stable security definer set search_path = '' set statement_timeout = '60s'
set plan_cache_mode = force_custom_plan as $$
declare
  v_suppliers uuid[];
begin
  perform private.require_admin();
  v_suppliers := array(
    select h.supplier_id
    from public.current_health h
    join private.source_suppliers s on s.id = h.supplier_id
    where h.supplier_id > p_after
      and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now())
    order by h.supplier_id limit p_limit);
  return json_build_object(
    'stored', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(h.supplier_id order by h.supplier_id), '[]'),
        'business_name', json_agg(s.business_name order by h.supplier_id),
        -- A product's own table may hold NaN or infinity, which JSON has no number for.
        'monthly_revenue', json_agg(
          case when s.monthly_revenue > '-Infinity' and s.monthly_revenue < 'Infinity' then
            s.monthly_revenue::double precision else 0 end order by h.supplier_id),
        'health_score', json_agg(h.health_score order by h.supplier_id),
        'risk_level', json_agg(h.risk_level order by h.supplier_id),
        'days_since_login', json_agg(
          extract(epoch from greatest(h.as_of, p_as_of) - h.last_login)::double precision / 86400 order by h.supplier_id),
        'features_used', json_agg(h.features_used order by h.supplier_id),
        'features_core', json_agg(h.features_core order by h.supplier_id),
        'clients_active', json_agg(h.clients_active order by h.supplier_id),
        'clients_known', json_agg(h.clients_known order by h.supplier_id),
        'forms_sent', json_agg(h.forms_sent order by h.supplier_id),
        'forms_completed', json_agg(h.forms_completed order by h.supplier_id),
        'steps_due', json_agg(h.steps_due order by h.supplier_id),
        'steps_completed', json_agg(h.steps_completed order by h.supplier_id))
      from public.current_health h
      join private.source_suppliers s on s.id = h.supplier_id
      where h.supplier_id = any (v_suppliers)),
    'measures', case when p_card is not null then private.measures_by(p_as_of, p_card, v_suppliers) end);
end $$;
comment on function public.preview_measures is
  'The stored measures and scores of the next active suppliers after p_after, as columns; with p_card (the measures of '
  'a scorecard with other windows) also what its windows hold. Nothing is written.';

-- ============ versions ============

create function public.scorecard_versions(p_before integer, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'version', v.version, 'definition', v.definition, 'note', v.note, 'published_at', v.published_at,
    'published_by', private.author(v.published_by), 'runs', r.number, 'first_used_on', r.first_on, 'last_used_on', r.last_on)
    order by v.version desc), '[]')
  from (select * from public.scorecards where version < p_before order by version desc limit p_limit) v
  cross join lateral (
    select count(*) as number, min(least(from_date, score_date)) as first_on, max(score_date) as last_on
    from public.runs where scorecard_version = v.version and status = 'done') r;
$$;
comment on function public.scorecard_versions is
  'Versions of the scorecard before p_before, the newest first: who published it, and which days were scored with it.';

create function public.publish_scorecard(p_definition jsonb, p_note text, p_based_on integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_newest integer;
begin
  perform private.require_admin();
  -- One after the other, so that the second sees what the first one published.
  lock table public.scorecards in share row exclusive mode;
  select max(version) into v_newest from public.scorecards;
  if v_newest is distinct from p_based_on then
    return jsonb_build_object('is_published', false, 'version', v_newest);
  end if;
  insert into public.scorecards (version, definition, note, published_at, published_by)
  values (v_newest + 1, p_definition, nullif(btrim(p_note), ''), clock_timestamp(), auth.uid());
  return jsonb_build_object('is_published', true, 'version', v_newest + 1);
end $$;
comment on function public.publish_scorecard is
  'Put a scorecard in force as the next version; nothing where p_based_on is no longer the newest. Says which is the newest.';

-- ============ rights ============

revoke execute on function private.measures_by, public.preview_basis, public.preview_measures,
  public.scorecard_versions, public.publish_scorecard from public, anon, authenticated;
grant execute on function private.measures_by to service_role;
grant execute on function public.preview_basis, public.preview_measures, public.publish_scorecard to authenticated;
grant execute on function public.scorecard_versions to authenticated, service_role;
