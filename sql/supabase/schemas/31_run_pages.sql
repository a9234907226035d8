-- A page of suppliers: measures with the facts that contacts are decided on, and back the scores
-- with what was decided, all or nothing.

-- ============ types ============

create type private.page_score as (
  supplier_id uuid, tier text, last_login timestamptz, changes_at timestamptz,
  health_score integer, risk_level text,
  feature_adoption_score integer, client_engagement_score integer,
  form_completion_score integer, journey_performance_score integer,
  login_recency_points double precision, feature_adoption_points double precision,
  client_activity_points double precision, form_completion_points double precision,
  journey_performance_points double precision,
  features_used integer, features_core integer, clients_active integer, clients_known integer,
  forms_sent integer, forms_completed integer, steps_due integer, steps_completed integer,
  recommendations text[], recommendation_keys text[]
);
comment on type private.page_score is 'One supplier''s score as Python sends it.';

-- ============ functions: out ============

create function private.choose_suppliers(
  p_as_of timestamptz, p_after uuid, p_limit integer, p_selection text
) returns uuid[]
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  if p_selection = 'all' then
    return array(
      select s.id from private.source_suppliers s
      where s.id > p_after
        and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_as_of)
      order by s.id limit p_limit);
  end if;
  return array(
    select s.id
    from (select supplier_id from private.suppliers_to_rescore where supplier_id > p_after
          union
          select supplier_id from public.current_health
          -- Later than told, or earlier than it was last scored for.
          where (changes_at < p_as_of or as_of > p_as_of) and supplier_id > p_after) changed
    join private.source_suppliers s on s.id = changed.supplier_id
    where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_as_of)
    order by s.id limit p_limit);
end $$;
comment on function private.choose_suppliers is
  'The next active suppliers by id. p_selection: all, or changed (new events or master data, or '
  'a score that may have changed by time alone).';

create function public.measure_page(
  p_as_of timestamptz, p_scorecard_version integer, p_after uuid, p_limit integer,
  p_selection text default 'all', p_supplier uuid default null, p_fresh boolean default false,
  p_contact_at timestamptz default null, p_cap_days integer default null
) returns json
language plpgsql set search_path = '' set statement_timeout = '60s' as $$
declare
  suppliers uuid[];
  measured json;
  facts json;
begin
  begin
    if p_fresh then
      if p_selection = 'all' then
        suppliers := private.choose_suppliers(p_as_of, p_after, p_limit, 'all');
      end if;
      perform private.roll_up_events(
        (select rolled_up_to from private.roll_up_state), 9223372036854775807,
        coalesce(p_supplier, p_after),
        coalesce(p_supplier, suppliers[cardinality(suppliers)], 'ffffffff-ffff-ffff-ffff-ffffffffffff'));
    end if;
    if p_supplier is null then
      suppliers := private.choose_suppliers(p_as_of, p_after, p_limit, p_selection);
    else
      suppliers := array(
        select s.id from private.source_suppliers s
        where s.id = p_supplier and s.id > p_after
          and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_as_of));
    end if;
    measured := private.measures(p_as_of, p_scorecard_version, suppliers);
    if p_contact_at is not null then
      facts := private.outreach_facts(p_as_of, p_scorecard_version, p_contact_at, suppliers, p_cap_days);
    end if;
    if p_fresh then
      raise sqlstate 'CS001';  -- undo the roll-up; variables keep their values
    end if;
  exception when sqlstate 'CS001' then null;
  end;
  return json_build_object('measures', measured, 'outreach', facts);
end $$;
comment on function public.measure_page is
  'Measures of the next page of active suppliers after p_after; with p_contact_at also what playbooks decide on. '
  'p_fresh: take events into account that are not rolled up yet, and write nothing (for a dry run).';

-- ============ functions: back ============

create function private.to_page_scores(p_scores jsonb) returns setof private.page_score
language sql immutable set search_path = '' as $$
  select c.supplier_id::uuid, c.tier, c.last_login::timestamptz, c.changes_at::timestamptz,
    c.health_score::integer, c.risk_level, c.feature_adoption_score::integer,
    c.client_engagement_score::integer, c.form_completion_score::integer,
    c.journey_performance_score::integer, c.login_recency_points::double precision,
    c.feature_adoption_points::double precision, c.client_activity_points::double precision,
    c.form_completion_points::double precision, c.journey_performance_points::double precision,
    c.features_used::integer, c.features_core::integer, c.clients_active::integer,
    c.clients_known::integer, c.forms_sent::integer, c.forms_completed::integer,
    c.steps_due::integer, c.steps_completed::integer,
    array_remove(array[t.texts[c.recommendation_1::integer + 1], t.texts[c.recommendation_2::integer + 1],
                       t.texts[c.recommendation_3::integer + 1]], null),
    array_remove(array[t.keys[c.recommendation_1::integer + 1], t.keys[c.recommendation_2::integer + 1],
                       t.keys[c.recommendation_3::integer + 1]], null)
  from (select array(select jsonb_array_elements_text(p_scores -> 'texts')) as texts,
               array(select jsonb_array_elements_text(p_scores -> 'keys')) as keys offset 0) t,
  rows from (
    jsonb_array_elements_text(p_scores -> 'supplier_id'),
    jsonb_array_elements_text(p_scores -> 'tier'),
    jsonb_array_elements_text(p_scores -> 'last_login'),
    jsonb_array_elements_text(p_scores -> 'changes_at'),
    jsonb_array_elements_text(p_scores -> 'health_score'),
    jsonb_array_elements_text(p_scores -> 'risk_level'),
    jsonb_array_elements_text(p_scores -> 'feature_adoption_score'),
    jsonb_array_elements_text(p_scores -> 'client_engagement_score'),
    jsonb_array_elements_text(p_scores -> 'form_completion_score'),
    jsonb_array_elements_text(p_scores -> 'journey_performance_score'),
    jsonb_array_elements_text(p_scores -> 'login_recency_points'),
    jsonb_array_elements_text(p_scores -> 'feature_adoption_points'),
    jsonb_array_elements_text(p_scores -> 'client_activity_points'),
    jsonb_array_elements_text(p_scores -> 'form_completion_points'),
    jsonb_array_elements_text(p_scores -> 'journey_performance_points'),
    jsonb_array_elements_text(p_scores -> 'features_used'),
    jsonb_array_elements_text(p_scores -> 'features_core'),
    jsonb_array_elements_text(p_scores -> 'clients_active'),
    jsonb_array_elements_text(p_scores -> 'clients_known'),
    jsonb_array_elements_text(p_scores -> 'forms_sent'),
    jsonb_array_elements_text(p_scores -> 'forms_completed'),
    jsonb_array_elements_text(p_scores -> 'steps_due'),
    jsonb_array_elements_text(p_scores -> 'steps_completed'),
    jsonb_array_elements_text(p_scores -> 'recommendation_1'),
    jsonb_array_elements_text(p_scores -> 'recommendation_2'),
    jsonb_array_elements_text(p_scores -> 'recommendation_3')
  ) as c (supplier_id, tier, last_login, changes_at, health_score, risk_level, feature_adoption_score,
    client_engagement_score, form_completion_score, journey_performance_score,
    login_recency_points, feature_adoption_points, client_activity_points,
    form_completion_points, journey_performance_points, features_used, features_core,
    clients_active, clients_known, forms_sent, forms_completed, steps_due, steps_completed,
    recommendation_1, recommendation_2, recommendation_3);
$$;
comment on function private.to_page_scores is
  'A page of scores, sent as one array per column, as rows. Recommendations are places in the arrays texts and keys.';

create function private.save_transitions(p_date date, p_page private.page_score[]) returns integer
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_transitions integer;
begin
  with compared as materialized (
    select p.supplier_id, p.health_score, p.risk_level,
           case when c.score_date < p_date then c.health_score when c.score_date = p_date then c.previous_score else h.health_score end as old_score,
           case when c.score_date < p_date then c.risk_level when c.score_date = p_date then c.previous_level else h.risk_level end as old_level,
           c.score_date >= p_date as is_repeated
    from unnest(p_page) p
    left join public.current_health c on c.supplier_id = p.supplier_id
    left join lateral (
      select h.health_score, h.risk_level from public.customer_health h
      where h.supplier_id = p.supplier_id and h.score_date < p_date
      order by h.score_date desc limit 1
    ) h on c.score_date > p_date
  ), written as (
    insert into public.transitions as t (supplier_id, score_date, from_level, to_level, from_score, to_score)
    select supplier_id, p_date, old_level, risk_level, old_score, health_score
    from compared where old_level <> risk_level
    on conflict (supplier_id, score_date) do update
      set from_level = excluded.from_level, to_level = excluded.to_level,
          from_score = excluded.from_score, to_score = excluded.to_score
      where (t.from_level, t.to_level, t.from_score, t.to_score)
            is distinct from (excluded.from_level, excluded.to_level, excluded.from_score, excluded.to_score)
  ), withdrawn as (
    -- By key, supplier by supplier: of the day at hand statistics know nothing, so the planner
    -- would compare all its transitions with the whole page. "+ 0" hides the index by day.
    delete from public.transitions t
    where t.score_date + 0 = p_date
      and t.supplier_id = any (array(
        select supplier_id from compared
        where is_repeated and old_level is not distinct from risk_level))
  )
  select count(*) filter (where old_level <> risk_level) into v_transitions from compared;
  return v_transitions;
end $$;
comment on function private.save_transitions is
  'Compare a page with each supplier''s last scored day before p_date. Scoring a day again corrects its transition.';

create function private.mend_following_day(p_date date, p_page private.page_score[]) returns void
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  with following as materialized (
    select p.supplier_id, p.health_score as old_score, p.risk_level as old_level,
           n.score_date, n.health_score, n.risk_level
    from unnest(p_page) p
    cross join lateral (
      select h.score_date, h.health_score, h.risk_level from public.customer_health h
      where h.supplier_id = p.supplier_id and h.score_date > p_date
      order by h.score_date limit 1
    ) n
  ), written as (
    insert into public.transitions (supplier_id, score_date, from_level, to_level, from_score, to_score)
    select supplier_id, score_date, old_level, risk_level, old_score, health_score
    from following where old_level <> risk_level
    on conflict (supplier_id, score_date) do update
      set from_level = excluded.from_level, from_score = excluded.from_score
  ), withdrawn as (
    delete from public.transitions t using following f
    where t.supplier_id = f.supplier_id and t.score_date = f.score_date and f.old_level = f.risk_level
  )
  update public.current_health c
  set previous_date = p_date, previous_score = f.old_score, previous_level = f.old_level
  from following f
  where c.supplier_id = f.supplier_id and c.score_date = f.score_date;
end $$;
comment on function private.mend_following_day is
  'A past day was scored: the next scored day now compares with it.';

create function private.save_scores(
  p_fence bigint, p_run_id uuid, p_as_of timestamptz, p_scorecard_version integer,
  p_measured_xid bigint, p_scores jsonb
) returns jsonb
language plpgsql set search_path = '' set statement_timeout = '60s'
-- The tables grow and empty as the run goes on: a plan kept from before would not fit.
set plan_cache_mode = force_custom_plan as $$
declare
  v_date constant date := ((p_as_of - interval '1 microsecond') at time zone 'UTC')::date;
  v_page private.page_score[] := array(select s from private.to_page_scores(p_scores) s);
  v_transitions integer;
begin
  perform private.require_lease(p_fence);
  v_transitions := private.save_transitions(v_date, v_page);

  insert into public.customer_health
    (supplier_id, score_date, as_of, tier, last_login, health_score, risk_level,
     feature_adoption_score, client_engagement_score, form_completion_score,
     journey_performance_score, login_recency_points, feature_adoption_points,
     client_activity_points, form_completion_points, journey_performance_points, features_used,
     features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,
     steps_completed, scorecard_version, recommendations, run_id)
  select p.supplier_id, v_date, p_as_of, p.tier, p.last_login, p.health_score, p.risk_level,
         p.feature_adoption_score, p.client_engagement_score, p.form_completion_score,
         p.journey_performance_score, p.login_recency_points, p.feature_adoption_points,
         p.client_activity_points, p.form_completion_points, p.journey_performance_points,
         p.features_used, p.features_core, p.clients_active, p.clients_known, p.forms_sent,
         p.forms_completed, p.steps_due, p.steps_completed, p_scorecard_version,
         p.recommendations, p_run_id
  from unnest(v_page) p
  on conflict (supplier_id, score_date) do update
    set as_of = excluded.as_of, tier = excluded.tier,
        last_login = excluded.last_login, health_score = excluded.health_score,
        risk_level = excluded.risk_level, feature_adoption_score = excluded.feature_adoption_score,
        client_engagement_score = excluded.client_engagement_score,
        form_completion_score = excluded.form_completion_score,
        journey_performance_score = excluded.journey_performance_score,
        login_recency_points = excluded.login_recency_points,
        feature_adoption_points = excluded.feature_adoption_points,
        client_activity_points = excluded.client_activity_points,
        form_completion_points = excluded.form_completion_points,
        journey_performance_points = excluded.journey_performance_points,
        features_used = excluded.features_used, features_core = excluded.features_core,
        clients_active = excluded.clients_active, clients_known = excluded.clients_known,
        forms_sent = excluded.forms_sent, forms_completed = excluded.forms_completed,
        steps_due = excluded.steps_due, steps_completed = excluded.steps_completed,
        scorecard_version = excluded.scorecard_version, recommendations = excluded.recommendations,
        run_id = excluded.run_id, calculated_at = now();

  insert into public.current_health as c
    (supplier_id, score_date, as_of, tier, last_login, health_score, risk_level,
     feature_adoption_score, client_engagement_score, form_completion_score,
     journey_performance_score, login_recency_points, feature_adoption_points,
     client_activity_points, form_completion_points, journey_performance_points, features_used,
     features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,
     steps_completed, scorecard_version, recommendations, recommendation_keys, changes_at)
  select p.supplier_id, v_date, p_as_of, p.tier, p.last_login, p.health_score, p.risk_level,
         p.feature_adoption_score, p.client_engagement_score, p.form_completion_score,
         p.journey_performance_score, p.login_recency_points, p.feature_adoption_points,
         p.client_activity_points, p.form_completion_points, p.journey_performance_points,
         p.features_used, p.features_core, p.clients_active, p.clients_known, p.forms_sent,
         p.forms_completed, p.steps_due, p.steps_completed, p_scorecard_version,
         p.recommendations, p.recommendation_keys, p.changes_at
  from unnest(v_page) p
  on conflict (supplier_id) do update
    set previous_date = case when c.score_date < excluded.score_date then c.score_date else c.previous_date end,
        previous_score = case when c.score_date < excluded.score_date then c.health_score else c.previous_score end,
        previous_level = case when c.score_date < excluded.score_date then c.risk_level else c.previous_level end,
        score_date = excluded.score_date, as_of = excluded.as_of, tier = excluded.tier,
        last_login = excluded.last_login, health_score = excluded.health_score,
        risk_level = excluded.risk_level, feature_adoption_score = excluded.feature_adoption_score,
        client_engagement_score = excluded.client_engagement_score,
        form_completion_score = excluded.form_completion_score,
        journey_performance_score = excluded.journey_performance_score,
        login_recency_points = excluded.login_recency_points,
        feature_adoption_points = excluded.feature_adoption_points,
        client_activity_points = excluded.client_activity_points,
        form_completion_points = excluded.form_completion_points,
        journey_performance_points = excluded.journey_performance_points,
        features_used = excluded.features_used, features_core = excluded.features_core,
        clients_active = excluded.clients_active, clients_known = excluded.clients_known,
        forms_sent = excluded.forms_sent, forms_completed = excluded.forms_completed,
        steps_due = excluded.steps_due, steps_completed = excluded.steps_completed,
        scorecard_version = excluded.scorecard_version, recommendations = excluded.recommendations,
        recommendation_keys = excluded.recommendation_keys,
        changes_at = excluded.changes_at, calculated_at = now()
    where c.score_date <= excluded.score_date;

  if exists (select from unnest(v_page) p join public.current_health c using (supplier_id)
             where c.score_date > v_date) then
    perform private.mend_following_day(v_date, v_page);
  end if;

  -- Only what this page has seen: marks made meanwhile stay for the next run.
  delete from private.suppliers_to_rescore d
  using unnest(v_page) p, public.current_health c
  where d.supplier_id = p.supplier_id and d.marked_xid < p_measured_xid
    -- "+ 0": statistics know nothing of the day at hand, and the planner would take its rows for
    -- few and compare all of them with the whole page.
    and c.supplier_id = p.supplier_id and c.score_date + 0 = v_date;

  return jsonb_build_object('suppliers_scored', cardinality(v_page), 'transitions', v_transitions);
end $$;
comment on function private.save_scores is
  'Save a page of scores, its transitions and the current state. Repeating it changes nothing.';

create function public.save_page(
  p_fence bigint, p_run_id uuid, p_as_of timestamptz, p_scorecard_version integer,
  p_measured_xid bigint, p_scores jsonb, p_contact_at timestamptz default null, p_outreach jsonb default null
) returns jsonb
language plpgsql set search_path = '' set statement_timeout = '60s' as $$
declare
  v_date constant date := private.utc_date(p_as_of - interval '1 microsecond');
  v_saved jsonb;
begin
  v_saved := private.save_scores(p_fence, p_run_id, p_as_of, p_scorecard_version, p_measured_xid, p_scores);
  if p_contact_at is null then
    return v_saved;
  end if;
  v_saved := v_saved || jsonb_build_object(
    'milestones', private.save_milestones(p_contact_at, p_outreach -> 'milestones'),
    'alerts', private.note_alerts(v_date, p_scorecard_version, p_contact_at,
      array(select jsonb_array_elements_text(p_scores -> 'supplier_id')::uuid)));
  perform private.close_calls(
    p_contact_at, array(select jsonb_array_elements_text(p_outreach -> 'closed_calls')::uuid), 'recovered');
  return v_saved || private.save_contacts(v_date, p_contact_at, p_outreach -> 'contacts', p_outreach -> 'cap');
end $$;
comment on function public.save_page is
  'Save a page of scores with all that was decided from them, all or nothing. Repeating it changes nothing. '
  'p_contact_at: when people are contacted; null: nobody is.';
