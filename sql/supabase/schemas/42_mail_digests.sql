-- Digests: a daily mail and a weekly report to those of the team who asked for them. When one is
-- due and what it says is decided in Python; here is who wants one, what was decided, and the one
-- place that queues it.

-- ============ functions: one's own choice ============

create function private.check_digest_choice() returns trigger
language plpgsql set search_path = '' as $$
begin
  if not exists (select from pg_catalog.pg_timezone_names where name = new.timezone) then
    raise sqlstate '22023' using message = format(
      '%s is no time zone; use a name such as Europe/London.', new.timezone);
  end if;
  new.changed_at := now();
  return new;
end $$;
comment on function private.check_digest_choice is 'Refuse an unknown time zone; the moment of the change is not the person''s to choose.';

create function public.stop_digest(p_person uuid, p_digest text, p_token text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  if p_token is distinct from private.digest_token(p_person, p_digest) or p_digest not in ('daily', 'weekly') then
    return false;
  end if;
  -- The row first, as who queues a digest takes it.
  update public.digest_subscriptions
  set daily = daily and p_digest <> 'daily', weekly = weekly and p_digest <> 'weekly'
  where id = p_person and (daily and p_digest = 'daily' or weekly and p_digest = 'weekly');
  update public.outbox
  set status = 'cancelled', last_error = 'opt_out', may_have_arrived = false, claimed_by = null, claimed_until = '-infinity'
  where person_id = p_person and digest = p_digest and status in ('queued', 'dead');
  return true;
end $$;
comment on function public.stop_digest is
  'Stop a digest for a person, and cancel what is queued or failed. False where the token is wrong; repeating it is harmless.';

-- ============ functions: what is due ============

create function private.sign_in_addresses() returns table (id uuid, email text)
language sql stable security definer set search_path = '' rows 20 as $$
  select a.id, a.email::text from auth.users a where a.id in (select s.id from public.digest_subscriptions s);
$$;
comment on function private.sign_in_addresses is 'Where digests go: the address people sign in with.';

create function public.digest_readers() returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'score_date', (select max(score_date) from public.daily_figures),
    'readers', coalesce((
      select jsonb_agg(jsonb_build_object(
        'person_id', s.id, 'name', p.name, 'email', a.email, 'daily', s.daily, 'weekly', s.weekly, 'hour', s.hour,
        'weekday', s.weekday, 'timezone', s.timezone, 'changed_at', s.changed_at,
        'last_daily', d.day, 'told_daily', d.told_date, 'last_weekly', w.day) order by s.id)
      from public.digest_subscriptions s
      join private.people() p on p.id = s.id
      join private.sign_in_addresses() a on a.id = s.id
      left join lateral (select day, told_date from private.digest_log l
                         where l.person_id = s.id and l.digest = 'daily' order by day desc limit 1) d on true
      left join lateral (select day from private.digest_log l
                         where l.person_id = s.id and l.digest = 'weekly' order by day desc limit 1) w on true
      where s.daily or s.weekly), '[]'));
$$;
comment on function public.digest_readers is
  'Who wants digests and has a role, when, and what they were told last; and the newest scored day.';

create function public.queue_digest(
  p_now timestamptz, p_person uuid, p_digest text, p_day date, p_told date, p_mail jsonb
) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_is_new boolean;
begin
  -- Whoever stops it waits until this is decided, and the other way round.
  perform from public.digest_subscriptions
  where id = p_person and (daily and p_digest = 'daily' or weekly and p_digest = 'weekly') for update;
  if not found then
    return false;
  end if;
  insert into private.digest_log (person_id, digest, day, told_date, was_sent, decided_at)
  values (p_person, p_digest, p_day, p_told, p_mail is not null, p_now)
  on conflict do nothing;
  v_is_new := found;
  if v_is_new and p_mail is not null then
    insert into public.outbox
      (dedupe_key, person_id, digest, to_address, to_name, subject, body_text, body_html, unsubscribe_url,
       attachment_id, scheduled_for, next_attempt_at, created_at)
    values (concat_ws('/', 'digest', p_digest, p_person, p_day), p_person, p_digest, p_mail ->> 'to_address',
            p_mail ->> 'to_name', p_mail ->> 'subject', p_mail ->> 'body_text', p_mail ->> 'body_html',
            p_mail ->> 'unsubscribe_url', (p_mail ->> 'attachment_id')::uuid, p_now, p_now, p_now)
    on conflict (dedupe_key) do nothing;
  end if;
  return v_is_new;
end $$;
comment on function public.queue_digest is
  'Note what a person is told on a day, and queue the mail (null: there is nothing to say), both or neither. '
  'False where that was decided before, or is not wanted any more.';

-- ============ functions: what a digest says ============

create function public.digest_facts(p_since date, p_from timestamptz, p_until timestamptz) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_day constant date := (select max(score_date) from public.daily_figures);
  v_moves jsonb;
  v_versions integer[];
  v_turned integer;
  v_recovered integer;
begin
  with first_change as materialized (
    -- Each supplier's first one: what it was before all of them is what counts.
    select distinct on (t.supplier_id) t.supplier_id, t.from_level, t.from_score
    from public.transitions t where t.score_date > p_since and t.score_date <= v_day
    order by t.supplier_id, t.score_date
  ), moved as materialized (
    select f.*, s.business_name, coalesce(nullif(s.monthly_revenue, 'NaN'), 0) as revenue, h,
           case when h.risk_level = 'critical' then 'turned_critical' else 'recovered' end as kind,
           row_number() over (
             partition by h.risk_level = 'critical'
             order by coalesce(nullif(s.monthly_revenue, 'NaN'), 0) desc, h.health_score, f.supplier_id) as rank
    from first_change f
    join private.source_suppliers s on s.id = f.supplier_id
    join public.current_health h on h.supplier_id = f.supplier_id
    where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_until)
      and h.risk_level <> f.from_level
      and (h.risk_level = 'critical' or h.risk_level = 'healthy' or f.from_level = 'critical')
  )
  select coalesce(jsonb_agg(jsonb_build_object(
           'kind', m.kind, 'supplier_id', m.supplier_id, 'business_name', m.business_name,
           'health_score', (m.h).health_score, 'previous_score', m.from_score,
           'risk_level', (m.h).risk_level, 'previous_level', m.from_level, 'monthly_revenue', m.revenue,
           'score', private.score_of(m.h),
           'is_held_out', exists (
             select from public.interventions i
             where i.supplier_id = m.supplier_id and i.reason = 'holdout' and i.created_at > p_until - interval '30 days'
               and not exists (
                 select from public.interventions c
                 where c.supplier_id = m.supplier_id and c.milestone_type is null and c.created_at >= i.created_at
                   and c.status in ('planned', 'sending', 'sent', 'done')))
         ) order by m.kind, m.rank) filter (where m.rank <= 15), '[]'),
         array_agg(distinct (m.h).scorecard_version),
         count(*) filter (where m.kind = 'turned_critical'), count(*) filter (where m.kind = 'recovered')
  into v_moves, v_versions, v_turned, v_recovered from moved m;
  return jsonb_build_object(
    'score_date', v_day,
    'scored_at', (select updated_at from public.daily_figures where score_date = v_day),
    'movers', v_moves,
    'scorecards', private.scorecards_of(v_versions),
    'scorecard_changed_on', private.scorecard_changed_on(p_since),
    'turned_critical', v_turned, 'recovered', v_recovered,
    'outcomes', (
      select coalesce(jsonb_object_agg(outcome, n), '{}') from (
        select coalesce(outcome, 'other') as outcome, count(*) as n from public.support_interactions
        where completed_at >= p_from and completed_at < p_until group by 1) counted),
    'calls_made', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'business_name', s.business_name, 'supplier_id', c.supplier_id, 'outcome', coalesce(c.outcome, 'other'))
        order by c.completed_at), '[]')
      from (select * from public.support_interactions
            where completed_at >= p_from and completed_at < p_until order by completed_at limit 15) c
      join private.source_suppliers s on s.id = c.supplier_id),
    'mails_sent', (select count(*) from public.interventions i
      where i.type = 'email' and i.status = 'sent' and i.sent_at >= p_from and i.sent_at < p_until));
end $$;
comment on function public.digest_facts is
  'Who turned critical or recovered since a scored day, and what came of calls and mail between two instants.';

-- ============ triggers ============

create trigger cs_check_digest_choice before insert or update on public.digest_subscriptions
  for each row execute function private.check_digest_choice();
