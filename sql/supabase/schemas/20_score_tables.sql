-- What scores are made of and what they become: scorecards, rolled-up activity, scores, transitions,
-- and each scored day in figures.

-- ============ tables ============

create table public.scorecards (
  version integer primary key check (version > 0),
  definition jsonb not null,
  note text,
  published_at timestamptz not null default now(),
  published_by uuid references public.user_profiles (id) on delete set null,
  constraint weights_sum_to_100 check (coalesce(
    abs((definition #>> '{measures,login_recency,weight}')::numeric
      + (definition #>> '{measures,feature_adoption,weight}')::numeric
      + (definition #>> '{measures,client_activity,weight}')::numeric
      + (definition #>> '{measures,form_completion,weight}')::numeric
      + (definition #>> '{measures,journey_performance,weight}')::numeric - 100) < 0.000001, false)),
  constraint thresholds_are_in_order check (coalesce(
    (definition #>> '{thresholds,critical_below}')::numeric > 0
    and (definition #>> '{thresholds,critical_below}')::numeric
        < (definition #>> '{thresholds,at_risk_below}')::numeric
    and (definition #>> '{thresholds,at_risk_below}')::numeric <= 100, false)),
  constraint windows_are_days check (coalesce(
    (definition #>> '{measures,feature_adoption,window_days}')::integer between 1 and 365
    and (definition #>> '{measures,client_activity,window_days}')::integer between 1 and 365
    and (definition #>> '{measures,form_completion,window_days}')::integer between 1 and 365
    and (definition #>> '{measures,journey_performance,window_days}')::integer between 1 and 365, false)),
  -- Python says what is wrong and where; whoever publishes past the screen is stopped here, so
  -- that no run breaks on it.
  constraint would_break_no_run check (coalesce(
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
    false)),
  constraint would_be_read check (length(note) <= 2000)
);
comment on table public.scorecards is
  'Measures, weights and thresholds by version. The one in force at an instant is the newest published by then.';

create table private.subject_activity (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  kind text not null check (kind in ('login', 'feature', 'client', 'form', 'step')),
  subject text not null,
  known_at timestamptz not null,
  last_at timestamptz,
  days datemultirange not null default '{}',
  completed_at timestamptz,
  primary key (supplier_id, kind, subject)
) with (fillfactor = 85);
comment on table private.subject_activity is
  'Events rolled up, one row per thing a supplier did something with. A union of sets: the same '
  'event again, late or out of order gives the same row.';
comment on column private.subject_activity.known_at is 'First event of any type about the subject.';
comment on column private.subject_activity.last_at is 'Last login, use, activity, sending or due date.';
comment on column private.subject_activity.days is 'UTC days of logins, uses, activity, sendings or due dates.';
comment on column private.subject_activity.completed_at is 'First completion of the form or step.';

create table private.roll_up_state (
  singleton boolean primary key default true check (singleton),
  rolled_up_to bigint not null default 0,
  slice smallint not null default 0
);
comment on table private.roll_up_state is
  'Every event whose received_xid is below rolled_up_to is in subject_activity; of that very '
  'transaction, the slices of supplier ids below slice are too.';
insert into private.roll_up_state default values;

create table private.suppliers_to_rescore (
  supplier_id uuid primary key references public.suppliers (id) on delete cascade,
  marked_xid bigint not null default (pg_current_xact_id()::text::bigint)
);
comment on table private.suppliers_to_rescore is
  'Suppliers with rolled-up events, or changed master data, that their current score does not know yet.';

create table public.customer_health (
  id uuid not null default gen_random_uuid(),
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  score_date date not null,
  as_of timestamptz not null,
  health_score integer not null check (health_score between 0 and 100),
  risk_level text not null check (risk_level in ('healthy', 'at_risk', 'critical')),
  last_login timestamptz,
  feature_adoption_score integer check (feature_adoption_score between 0 and 100),
  client_engagement_score integer check (client_engagement_score between 0 and 100),
  form_completion_score integer check (form_completion_score between 0 and 100),
  journey_performance_score integer check (journey_performance_score between 0 and 100),
  login_recency_points double precision,
  feature_adoption_points double precision,
  client_activity_points double precision,
  form_completion_points double precision,
  journey_performance_points double precision,
  features_used integer not null,
  features_core integer not null,
  clients_active integer not null,
  clients_known integer not null,
  forms_sent integer not null,
  forms_completed integer not null,
  steps_due integer not null,
  steps_completed integer not null,
  tier text not null,
  scorecard_version integer not null,
  recommendations text[] not null default '{}',
  run_id uuid,
  calculated_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (supplier_id, score_date)
) partition by range (score_date);
comment on table public.customer_health is 'One score per supplier and day. Partitioned by month.';
-- No foreign keys to scorecards and runs: nobody may delete those, and checking two more keys
-- for every score would cost the nightly run more than the rest of the row.
comment on column public.customer_health.run_id is 'The run that made the score.';
comment on column public.customer_health.scorecard_version is 'The scorecard the score was made with.';
comment on column public.customer_health.as_of is 'The instant the score speaks for: nothing at or after it was read.';
comment on column public.customer_health.feature_adoption_score is 'Per cent of the tier''s core features used; null: no data yet.';
comment on column public.customer_health.client_engagement_score is 'Per cent of known clients active; null: no data yet.';
comment on column public.customer_health.login_recency_points is 'Points of 100 this measure gave, after rescaling; null: left out.';
comment on column public.customer_health.tier is 'The tier at the time: it decides which features are core.';

create table public.current_health (
  supplier_id uuid primary key references public.suppliers (id) on delete cascade,
  score_date date not null,
  as_of timestamptz not null,
  health_score integer not null,
  risk_level text not null check (risk_level in ('healthy', 'at_risk', 'critical')),
  previous_date date,
  previous_score integer,
  previous_level text,
  last_login timestamptz,
  feature_adoption_score integer,
  client_engagement_score integer,
  form_completion_score integer,
  journey_performance_score integer,
  login_recency_points double precision,
  feature_adoption_points double precision,
  client_activity_points double precision,
  form_completion_points double precision,
  journey_performance_points double precision,
  features_used integer not null,
  features_core integer not null,
  clients_active integer not null,
  clients_known integer not null,
  forms_sent integer not null,
  forms_completed integer not null,
  steps_due integer not null,
  steps_completed integer not null,
  tier text not null,
  scorecard_version integer not null,
  recommendations text[] not null default '{}',
  -- The rules they come from, place by place: what carries a recommendation out hangs on its rule.
  recommendation_keys text[] not null default '{}',
  changes_at timestamptz not null,
  calculated_at timestamptz not null default now(),
  constraint each_recommendation_has_its_key check (cardinality(recommendations) = cardinality(recommendation_keys))
) with (fillfactor = 70);
-- None on changes_at: it differs each day, and an index on it would make each nightly update
-- of each row rewrite all indexes. --changed-only reads the table once instead.
comment on table public.current_health is
  'The newest score of each supplier, for fast filters. A churned supplier''s stays as it was.';
comment on column public.current_health.changes_at is
  'After this instant the score may change by time alone: a login grows old, something leaves its window.';
comment on column public.current_health.previous_date is 'The scored day before score_date.';

create table public.transitions (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  score_date date not null,
  from_level text not null check (from_level in ('healthy', 'at_risk', 'critical')),
  to_level text not null check (to_level in ('healthy', 'at_risk', 'critical')),
  from_score integer not null,
  to_score integer not null,
  created_at timestamptz not null default now(),
  primary key (supplier_id, score_date),
  constraint levels_differ check (from_level <> to_level)
);
comment on table public.transitions is
  'A supplier''s level differed from its last scored day. The first score ever is none.';

create table public.daily_figures (
  score_date date primary key,
  healthy integer not null,
  at_risk integer not null,
  critical integer not null,
  revenue_at_risk numeric not null,
  scores integer[] not null check (cardinality(scores) = 101),
  updated_at timestamptz not null default now()
);
comment on table public.daily_figures is 'Each scored day in figures: active suppliers per level, revenue at risk.';
comment on column public.daily_figures.revenue_at_risk is
  'A month''s revenue, as it is known now, of the suppliers that were critical or at risk.';
comment on column public.daily_figures.scores is 'How many suppliers had a score of 0, 1, ... 100.';
comment on column public.daily_figures.updated_at is 'When the run ended that scored the day last.';

create table public.daily_movers (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  score_date date not null,
  kind text not null check (kind in ('turned_critical', 'drop', 'recovery')),
  rank integer not null check (rank > 0),
  from_score integer not null,
  to_score integer not null,
  from_level text not null check (from_level in ('healthy', 'at_risk', 'critical')),
  to_level text not null check (to_level in ('healthy', 'at_risk', 'critical')),
  primary key (supplier_id, score_date, kind)
);
comment on table public.daily_movers is
  'The 50 that matter most of each kind on a day. turned_critical: since the day before, most revenue first. '
  'drop: 5 points or more below 7 days ago. recovery: on a better level than 7 days ago.';

create table public.week_changes (
  supplier_id uuid primary key references public.suppliers (id) on delete cascade,
  change integer not null
);
comment on table public.week_changes is
  'By how many points each supplier''s current score differs from that of 7 days before. A table of its own: '
  'the order by change needs an index, which a column of current_health would write for every supplier each night.';

-- ============ indexes ============

create index scorecards_published_by_idx on public.scorecards (published_by);
create index customer_health_score_date_idx on public.customer_health using brin (score_date);
create index current_health_risk_idx on public.current_health (risk_level, health_score, supplier_id);
create index current_health_last_login_idx on public.current_health (last_login nulls first, supplier_id);
create index transitions_day_idx on public.transitions (score_date, to_level);
create index daily_movers_day_idx on public.daily_movers (score_date, kind, rank);
create index week_changes_change_idx on public.week_changes (change, supplier_id);

-- ============ functions ============

create function private.ensure_history_partitions(p_from date, p_to date) returns void
language plpgsql security definer set search_path = '' as $$
declare
  month_start date := date_trunc('month', p_from)::date;
  name text;
begin
  while month_start <= p_to loop
    name := format('customer_health_%s', to_char(month_start, 'YYYY_MM'));
    if to_regclass('public.' || name) is null then
      -- Made aside and attached, so that readers of the history are not locked out.
      execute format('create table public.%I (like public.customer_health including defaults including constraints)', name);
      execute format('alter table public.%I enable row level security', name);
      execute format('revoke all on public.%I from public, anon, authenticated, service_role', name);
      execute format('alter table public.customer_health attach partition public.%I for values from (%L) to (%L)',
                     name, month_start, (month_start + interval '1 month')::date);
    end if;
    month_start := (month_start + interval '1 month')::date;
  end loop;
end $$;
comment on function private.ensure_history_partitions is
  'Make the monthly partitions of the history that cover two dates and all between.';

create function private.same_scorecards(p_version integer) returns integer[]
language sql stable set search_path = '' as $$
  select coalesce(array_agg(other.version), array[p_version])
  from public.scorecards this join public.scorecards other on other.definition = this.definition
  where this.version = p_version;
$$;
comment on function private.same_scorecards is
  'The versions that say the same as one, itself among them: a change that was undone is a new version with the old rules.';

create function private.scorecards_of(p_versions integer[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(version, definition), '{}') from public.scorecards
  where version = any (p_versions);
$$;
comment on function private.scorecards_of is 'Scorecards by version.';

-- ============ functions: suppliers to score anew ============

create function private.mark_changed_suppliers() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'UPDATE' then
    insert into private.suppliers_to_rescore (supplier_id)
    select n.id from changed_rows n join old_rows o using (id)
    where (n.tier, n.status, n.signed_up_at, n.paused_at, n.churned_at, n.onboarded_at)
          is distinct from (o.tier, o.status, o.signed_up_at, o.paused_at, o.churned_at, o.onboarded_at)
    order by n.id
    on conflict (supplier_id) do update set marked_xid = excluded.marked_xid;
  else
    insert into private.suppliers_to_rescore (supplier_id)
    select n.id from changed_rows n
    order by n.id
    on conflict (supplier_id) do update set marked_xid = excluded.marked_xid;
  end if;
  return null;
end $$;
comment on function private.mark_changed_suppliers is
  'A new supplier, or one whose tier or status changed, is scored by the next run with --changed-only.';

create function private.mark_suppliers_of_tiers() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.suppliers_to_rescore (supplier_id)
  select s.id from private.source_suppliers s
  where exists (select from changed_rows c where c.tier in ('*', s.tier))
  order by s.id
  on conflict (supplier_id) do update set marked_xid = excluded.marked_xid;
  return null;
end $$;
comment on function private.mark_suppliers_of_tiers is
  'Another set of core features changes the adoption of every supplier of its tier.';

-- ============ triggers ============

create trigger cs_mark_added_features after insert on public.core_features
  referencing new table as changed_rows
  for each statement execute function private.mark_suppliers_of_tiers();
create trigger cs_mark_changed_features after update on public.core_features
  referencing new table as changed_rows
  for each statement execute function private.mark_suppliers_of_tiers();
create trigger cs_mark_removed_features after delete on public.core_features
  referencing old table as changed_rows
  for each statement execute function private.mark_suppliers_of_tiers();
create trigger cs_mark_new_suppliers after insert on public.suppliers
  referencing new table as changed_rows
  for each statement execute function private.mark_changed_suppliers();
create trigger cs_mark_changed_suppliers after update on public.suppliers
  referencing new table as changed_rows old table as old_rows
  for each statement execute function private.mark_changed_suppliers();
