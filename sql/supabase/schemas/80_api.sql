-- The HTTP API: who asks and how often, repeats of a write, and pages of suppliers.

-- ============ tables ============

create unlogged table private.api_use (
  user_id uuid not null references auth.users (id) on delete cascade,
  kind text not null check (kind in ('read', 'write')),
  used_up_to timestamptz not null,
  primary key (user_id, kind)
);
comment on table private.api_use is
  'How much of its allowance a person''s programs used, whichever server process answered them. Unlogged: after a '
  'crash everybody starts anew.';
comment on column private.api_use.used_up_to is
  'Each request moves it on by the time one takes up; more than a minute ahead of now is too often.';

create table private.api_answers (
  user_id uuid not null references auth.users (id) on delete cascade,
  idempotency_key text not null check (length(idempotency_key) between 1 and 255),
  fingerprint text not null check (length(fingerprint) = 64),
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (user_id, idempotency_key)
);
comment on table private.api_answers is 'First answers to writes with an idempotency key, kept for 30 days.';
comment on column private.api_answers.fingerprint is 'SHA-256 of what was asked; the text itself is not kept.';
comment on column private.api_answers.answer is 'Null while the first request is at work, or when it broke off.';

-- ============ indexes ============

create index api_answers_created_at_idx on private.api_answers (created_at);

-- ============ functions: who asks, and how often ============

create function private.use_api(p_kind text, p_per_minute integer) returns interval
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_step constant interval := interval '1 minute' / least(greatest(p_per_minute, 1), 100000);
  v_now constant timestamptz := clock_timestamp();
  v_last constant timestamptz := v_now + interval '1 minute' - v_step;
begin
  if v_user is null or not private.may_read() then
    return interval '0';
  end if;
  insert into private.api_use as used (user_id, kind, used_up_to) values (v_user, p_kind, v_now + v_step)
  on conflict (user_id, kind) do update
    set used_up_to = greatest(used.used_up_to, v_now) + v_step
    where used.used_up_to <= v_last;
  if found then
    return interval '0';
  end if;
  return (select used_up_to - v_last from private.api_use where user_id = v_user and kind = p_kind);
end $$;
comment on function private.use_api is
  'Note a request of the caller; how long to wait if it is one too many, which then does not count. A minute''s '
  'allowance may be used at once and comes back evenly. Nobody uses up another''s, or gives back their own.';

create function public.enter_api(p_kind text, p_per_minute integer) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_role text;
  v_wait interval := interval '0';
begin
  select u.role into v_role from private.source_users u where u.id = v_user and u.role in ('admin', 'analyst');
  if v_role is not null then
    v_wait := private.use_api(p_kind, p_per_minute);
  end if;
  return jsonb_build_object('user_id', v_user, 'role', v_role,
                            'wait_seconds', ceil(extract(epoch from v_wait))::integer);
end $$;
comment on function public.enter_api is
  'Who the caller is, with the role of this moment, and how long to wait if this was too often.';

-- ============ functions: repeats ============

create function public.claim_api_key(p_user uuid, p_key text, p_fingerprint text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_known private.api_answers;
begin
  delete from private.api_answers
  where (user_id, idempotency_key) in (
    select user_id, idempotency_key from private.api_answers
    where created_at < now() - interval '30 days' order by created_at limit 100 for update skip locked);
  insert into private.api_answers (user_id, idempotency_key, fingerprint) values (p_user, p_key, p_fingerprint)
  on conflict do nothing;
  select * into v_known from private.api_answers where user_id = p_user and idempotency_key = p_key;
  return jsonb_build_object('is_same', v_known.fingerprint = p_fingerprint, 'answer', v_known.answer);
end $$;
comment on function public.claim_api_key is
  'Note what an idempotency key stands for. is_same is false where it stands for something else; answer is what was '
  'answered first.';

create function public.keep_api_answer(p_user uuid, p_key text, p_answer jsonb) returns jsonb
language sql set search_path = '' as $$
  update private.api_answers set answer = coalesce(answer, p_answer)
  where user_id = p_user and idempotency_key = p_key
  returning answer;
$$;
comment on function public.keep_api_answer is 'Keep the answer, unless one is kept already; returns the one that is kept.';

create function public.release_api_key(p_user uuid, p_key text) returns void
language sql set search_path = '' as $$
  delete from private.api_answers where user_id = p_user and idempotency_key = p_key and answer is null;
$$;
comment on function public.release_api_key is 'Forget a key whose request was refused: mended, it may use the key again.';

-- ============ functions: suppliers ============

create function private.active_days(p_suppliers uuid[]) returns table (supplier_id uuid, days integer)
language sql stable security definer set search_path = '' rows 100 as $$
  select a.supplier_id, sum(upper(span) - lower(span))::integer
  from public.current_health h
  join private.subject_activity a on a.supplier_id = h.supplier_id and a.kind = 'login' and a.subject = ''
  cross join lateral unnest(
    a.days * datemultirange(daterange(h.score_date - 30, h.score_date, '(]'))) span
  where h.supplier_id = any (p_suppliers) and (select private.may_read())
  group by a.supplier_id;
$$;
comment on function private.active_days is
  'Days with a login among the 30 that a score looks back on; no row where there is none. Definer, for staff only.';

create function public.api_suppliers(p_filter jsonb, p_after uuid, p_limit integer, p_with_summary boolean)
returns json
language plpgsql stable set search_path = '' set max_parallel_workers_per_gather = 0 as $$
declare
  v_limit constant integer := least(greatest(p_limit, 1), 500);
  v_found constant uuid[] := private.found_by_text(p_filter);
  v_ids uuid[];
  v_summary json;
  v_rows json;
begin
  -- By id, which never changes: whatever happens between two pages, nobody comes twice, and
  -- nobody who matches all along is skipped. Both sides of the join are bounded, see
  -- supplier_overview.
  execute format(
    'select array(select s.id from private.source_suppliers s
                  left join public.current_health h on h.supplier_id = s.id %1$s
                  where %2$s %3$s order by s.id limit %4$s)',
    case when p_after is not null then format('and h.supplier_id > %L', p_after) end,
    private.supplier_conditions(p_filter, now()),
    case when p_after is not null then format('and s.id > %L', p_after) end, v_limit + 1)
  into v_ids using v_found;
  if p_with_summary then
    execute format(
      'select json_build_object(
         ''total'', count(*), ''healthy'', count(*) filter (where h.risk_level = ''healthy''),
         ''at_risk'', count(*) filter (where h.risk_level = ''at_risk''),
         ''critical'', count(*) filter (where h.risk_level = ''critical''))
       from private.source_suppliers s left join public.current_health h on h.supplier_id = s.id
       where %s', private.supplier_conditions(p_filter - 'levels', now()))
    into v_summary using v_found;
  end if;
  select coalesce(json_agg(json_build_object(
           'id', s.id, 'name', s.business_name, 'health_score', h.health_score, 'risk_level', h.risk_level,
           'last_login', h.last_login, 'tier', s.tier,
           'days_active', case when h.supplier_id is not null then coalesce(d.days, 0) end,
           'recommendations', coalesce(h.recommendations, '{}')) order by s.id), '[]')
  into v_rows
  from private.source_suppliers s
  left join public.current_health h on h.supplier_id = s.id
  left join private.active_days(v_ids[1 : v_limit]) d on d.supplier_id = s.id
  where s.id = any (v_ids[1 : v_limit]);
  return json_build_object(
    'rows', v_rows, 'summary', v_summary, 'has_more', cardinality(v_ids) > v_limit);
end $$;
comment on function public.api_suppliers is
  'A page of the active suppliers that match, in order of their ids, from after p_after on. summary counts those of '
  'every level, whatever levels the filter names.';
