-- The daily run: who may write scores now, what became of each run, and runs that people start.

-- ============ tables ============

create table public.runs (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('daily', 'changed', 'supplier', 'backfill', 'rescoring')),
  status text not null default 'running' check (status in ('running', 'done', 'failed')),
  as_of timestamptz not null,
  score_date date not null,
  from_date date,
  scorecard_version integer references public.scorecards (version),
  fence bigint not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  events_rolled_up bigint not null default 0,
  pages integer not null default 0,
  suppliers_scored integer not null default 0,
  healthy integer not null default 0,
  at_risk integer not null default 0,
  critical integer not null default 0,
  transitions integer not null default 0,
  seconds jsonb not null default '{}',
  error text,
  interventions integer not null default 0,
  suppressed integer not null default 0,
  milestones integer not null default 0,
  alerts integer not null default 0
);
comment on table public.runs is 'One row per execution of the daily job, whatever became of it.';
comment on column public.runs.from_date is 'First day of a backfill; as_of speaks for its last.';
comment on column public.runs.seconds is 'Seconds spent per step: roll_up, measure, score, save, total.';
comment on column public.runs.kind is 'rescoring: an admin had everybody scored from the settings.';

create table private.run_lease (
  singleton boolean primary key default true check (singleton),
  fence bigint not null default 0,
  holder text,
  renewed_at timestamptz not null default '-infinity',
  expires_at timestamptz not null default '-infinity'
);
comment on table private.run_lease is
  'Who may write scores now. The fence grows with each holder, so that one that lost the lease can write nothing.';
insert into private.run_lease default values;

create table private.run_requests (
  id uuid primary key default gen_random_uuid(),
  requested_by uuid references public.user_profiles (id) on delete set null,
  requested_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  status text not null default 'starting' check (status in ('starting', 'working', 'done', 'failed', 'busy')),
  ended_at timestamptz,
  message text check (length(message) <= 2000),
  constraint ended_says_when check ((status in ('starting', 'working')) = (ended_at is null))
);
comment on table private.run_requests is 'Runs that people started from the dashboard, and what became of them.';
comment on column private.run_requests.seen_at is
  'When the server that started it last saw it alive: a server that was stopped reports nothing any more.';
comment on column private.run_requests.status is
  'busy: another run held the lease. failed: it ended with an error, which message tells.';

-- ============ indexes ============

create index runs_started_at_idx on public.runs (started_at desc);
create index runs_scorecard_version_idx on public.runs (scorecard_version);
create index runs_failed_idx on public.runs (started_at desc) where status = 'failed';
create index run_requests_requested_at_idx on private.run_requests (requested_at desc);
create index run_requests_requested_by_idx on private.run_requests (requested_by);

-- ============ functions: the lease ============

create function private.require_lease(p_fence bigint) returns void
language plpgsql set search_path = '' as $$
begin
  -- Shared: pages may be saved side by side, while a new holder has to wait for them.
  perform from private.run_lease where fence = p_fence for share;
  if not found then
    raise sqlstate 'PT409' using message = 'The lease was taken over by another run.';
  end if;
end $$;
comment on function private.require_lease is 'Stop a run that lost its lease before it writes anything.';

create function private.holds_lease(p_fence bigint) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from private.run_lease l where l.fence = p_fence and l.expires_at > clock_timestamp());
$$;
comment on function private.holds_lease is 'Whether the run with this fence is alive.';

create function public.begin_run(
  p_kind text, p_as_of timestamptz, p_from_date date, p_scorecard_version integer,
  p_holder text, p_ttl_seconds double precision
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_fence bigint;
  v_run uuid;
  v_score_date constant date := ((p_as_of - interval '1 microsecond') at time zone 'UTC')::date;
  v_lease private.run_lease;
begin
  update private.run_lease
  set fence = fence + 1, holder = p_holder, renewed_at = clock_timestamp(),
      expires_at = clock_timestamp() + make_interval(secs => p_ttl_seconds)
  where expires_at < clock_timestamp()
  returning fence into v_fence;
  if v_fence is null then
    select * into v_lease from private.run_lease;
    return jsonb_build_object('held_by', v_lease.holder, 'renewed_at', v_lease.renewed_at);
  end if;
  update public.runs set status = 'failed', finished_at = now(), error = 'It stopped without finishing.'
  where status = 'running' and fence < v_fence;
  perform private.ensure_history_partitions(
    coalesce(p_from_date, v_score_date), (v_score_date + interval '1 month')::date);
  insert into public.runs (kind, as_of, score_date, from_date, scorecard_version, fence)
  values (p_kind, p_as_of, v_score_date, p_from_date, p_scorecard_version, v_fence)
  returning id into v_run;
  return jsonb_build_object('run_id', v_run, 'fence', v_fence);
end $$;
comment on function public.begin_run is
  'Take the lease if it is free or ran out, and open a run; otherwise say who holds it.';

create function public.renew_lease(
  p_fence bigint, p_ttl_seconds double precision, p_suppliers_scored integer default null
) returns boolean
language plpgsql set search_path = '' as $$
begin
  update private.run_lease
  set renewed_at = clock_timestamp(), expires_at = clock_timestamp() + make_interval(secs => p_ttl_seconds)
  where fence = p_fence;
  if not found then
    return false;
  end if;
  update public.runs set suppliers_scored = p_suppliers_scored
  where fence = p_fence and status = 'running' and p_suppliers_scored is not null;
  return true;
end $$;
comment on function public.renew_lease is 'Keep the lease and note how far the run is; false when another run has it.';

create function public.finish_run(
  p_run_id uuid, p_fence bigint, p_status text, p_totals jsonb, p_seconds jsonb, p_error text default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_run public.runs;
begin
  update private.run_lease set expires_at = '-infinity' where fence = p_fence;
  update public.runs
  set status = p_status, finished_at = clock_timestamp(), seconds = p_seconds, error = p_error,
      events_rolled_up = (p_totals ->> 'events_rolled_up')::bigint,
      pages = (p_totals ->> 'pages')::integer,
      suppliers_scored = (p_totals ->> 'suppliers_scored')::integer,
      healthy = (p_totals ->> 'healthy')::integer,
      at_risk = (p_totals ->> 'at_risk')::integer,
      critical = (p_totals ->> 'critical')::integer,
      transitions = (p_totals ->> 'transitions')::integer,
      interventions = (p_totals ->> 'interventions')::integer,
      suppressed = (p_totals ->> 'suppressed')::integer,
      milestones = (p_totals ->> 'milestones')::integer,
      alerts = (p_totals ->> 'alerts')::integer
  where id = p_run_id and status = 'running'
  returning * into v_run;
  return to_jsonb(v_run);
end $$;
comment on function public.finish_run is 'Close a run and give the lease back. Returns the run''s row.';

create function public.newest_daily_run() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'status', r.status, 'started_at', r.started_at, 'finished_at', r.finished_at,
    'suppliers_scored', r.suppliers_scored, 'error', r.error,
    'is_alive', exists (select from private.run_lease l
                        where l.fence = r.fence and l.expires_at > clock_timestamp()))
  from public.runs r
  -- One that scored a past day says nothing of today.
  where r.kind = 'daily' and r.as_of > r.started_at - interval '1 day'
  order by r.started_at desc limit 1;
$$;
comment on function public.newest_daily_run is
  'The newest daily run that spoke for its own day, and whether a running one still holds its lease.';

-- ============ functions: runs that people start ============

create function private.request_is_alive(r private.run_requests) returns boolean
language sql stable set search_path = ''
return r.status in ('starting', 'working') and r.seen_at > clock_timestamp() - interval '30 seconds';
comment on function private.request_is_alive is 'Whether the server that started a run still watches it.';

create function public.request_run() returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_holder text;
  v_other private.run_requests;
  v_id uuid;
begin
  perform private.require_admin();
  -- One at a time: two who press at once must not start two.
  perform pg_advisory_xact_lock(hashtextextended('private.run_requests', 0));
  select holder into v_holder from private.run_lease where expires_at > clock_timestamp();
  if found then
    return jsonb_build_object('id', null, 'held_by', v_holder);
  end if;
  select * into v_other from private.run_requests r where private.request_is_alive(r)
  order by r.requested_at desc limit 1;
  if found then
    return jsonb_build_object('id', null, 'held_by', coalesce(private.author(v_other.requested_by), 'somebody'));
  end if;
  insert into private.run_requests (requested_by) values (auth.uid()) returning id into v_id;
  perform private.note_change('runs', v_id::text, null, '{"status": "requested"}');
  return jsonb_build_object('id', v_id, 'held_by', null);
end $$;
comment on function public.request_run is
  'An admin asks for a daily run now. Without an id it was refused, as one is at work or about to be: held_by says whose.';

create function public.note_run_request(p_id uuid, p_status text, p_message text default null) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  update private.run_requests
  set status = p_status, seen_at = clock_timestamp(), message = left(p_message, 2000),
      ended_at = case when p_status not in ('starting', 'working') then clock_timestamp() end
  where id = p_id and ended_at is null;
  return found;
end $$;
comment on function public.note_run_request is
  'The server notes how a run that was asked for stands. What has ended stays as it ended.';
