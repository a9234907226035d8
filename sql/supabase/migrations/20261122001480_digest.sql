-- Digests: a daily mail and a weekly report to those of the team who asked for them. When one is
-- due and what it says is decided in Python (cs_core/digest_plan.py, digest_text.py); here is who
-- wants one, what was decided, and the one place that queues it.

-- ============ tables ============

create table public.digest_subscriptions (
  id uuid primary key references public.user_profiles (id) on delete cascade,
  daily boolean not null default false,
  weekly boolean not null default false,
  hour smallint not null default 8 check (hour between 0 and 23),
  weekday smallint not null default 1 check (weekday between 1 and 7),
  timezone text not null default 'UTC' check (length(timezone) between 1 and 100),
  changed_at timestamptz not null default now()
);
alter table public.digest_subscriptions enable row level security;
comment on table public.digest_subscriptions is 'Who of the team gets digests by mail, and when. Each sees and changes the own row only.';
comment on column public.digest_subscriptions.id is 'The person.';
comment on column public.digest_subscriptions.hour is 'From this hour on, in the person''s own time zone.';
comment on column public.digest_subscriptions.weekday is 'Of the weekly report: 1 is Monday.';
comment on column public.digest_subscriptions.changed_at is
  'What would have been due before that is not sent: who asks for a mail at 8 in the afternoon means tomorrow.';

create table private.digest_log (
  person_id uuid not null references public.user_profiles (id) on delete cascade,
  digest text not null check (digest in ('daily', 'weekly')),
  day date not null,
  told_date date,
  was_sent boolean not null,
  decided_at timestamptz not null,
  primary key (person_id, digest, day)
);
alter table private.digest_log enable row level security;
comment on table private.digest_log is 'What was decided for a person and day: once, whoever asks again.';
comment on column private.digest_log.day is 'The day where the person is.';
comment on column private.digest_log.told_date is 'The scored day up to which changes were told.';
comment on column private.digest_log.was_sent is 'False: there was nothing to say.';

create table private.mail_attachments (
  id uuid primary key default gen_random_uuid(),
  key text not null unique check (length(key) between 1 and 300),
  file_name text not null check (file_name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
  content text not null check (length(content) between 1 and 4000000),
  created_at timestamptz not null default now()
);
alter table private.mail_attachments enable row level security;
comment on table private.mail_attachments is 'CSV files that mails carry, each once however many mails carry it.';
comment on column private.mail_attachments.content is 'Compressed (gzip), in base64.';

alter table public.outbox
  add column person_id uuid references public.user_profiles (id) on delete cascade,
  add column digest text check (digest in ('daily', 'weekly')),
  add column attachment_id uuid references private.mail_attachments (id) on delete set null,
  drop constraint somebody_unsubscribes,
  add constraint somebody_unsubscribes check (unsubscribe_url is null or num_nonnulls(recipient_id, person_id) = 1),
  add constraint a_digest_goes_to_a_person check ((digest is null) = (person_id is null));
create index outbox_person_id_idx on public.outbox (person_id) where person_id is not null;
create index outbox_attachment_id_idx on public.outbox (attachment_id) where attachment_id is not null;
comment on column public.outbox.person_id is 'Of a digest: who of the team it goes to.';
comment on column public.outbox.digest is 'Which one; a link in it stops that one.';

-- ============ one's own choice ============

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
create trigger cs_check_digest_choice before insert or update on public.digest_subscriptions
  for each row execute function private.check_digest_choice();

-- ============ stopping ============

create function private.digest_token(p_person uuid, p_digest text) returns text
language sql stable security definer set search_path = '' as $$
  select left(encode(sha256(secret || uuid_send(p_person) || convert_to(p_digest, 'UTF8')), 'hex'), 32)
  from private.outreach_secret;
$$;
comment on function private.digest_token is 'What a link that stops a digest must hold to be believed; one per person and digest.';

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

create function private.wants_digest(p_person uuid, p_digest text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.digest_subscriptions s join private.source_users u on u.id = s.id
    where s.id = p_person and u.role in ('admin', 'analyst')
      and case p_digest when 'daily' then s.daily else s.weekly end);
$$;
comment on function private.wants_digest is 'Whether somebody wants a digest at this moment, and may read what it says.';

-- ============ what is due ============

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

create function public.store_attachment(p_key text, p_file_name text, p_content text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_id uuid;
begin
  delete from private.mail_attachments m
  where m.created_at < now() - interval '30 days' and not exists (
    select from public.outbox o where o.attachment_id = m.id and o.status in ('queued', 'sending', 'dead'));
  insert into private.mail_attachments (key, file_name, content) values (p_key, p_file_name, p_content)
  on conflict (key) do nothing;
  select id into v_id from private.mail_attachments where key = p_key;
  return v_id;
end $$;
comment on function public.store_attachment is 'Keep a file for mails to carry, once per key; return its id. Forgets old ones.';

create function public.mail_attachment(p_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('file_name', file_name, 'content', content) from private.mail_attachments where id = p_id;
$$;
comment on function public.mail_attachment is 'A file that a mail carries.';

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

-- ============ what a digest says ============

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
    'moves', v_moves,
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

-- ============ sending ============

create function private.mail_in_hand(p_mail public.outbox) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p_mail.id, 'to_address', p_mail.to_address, 'to_name', p_mail.to_name, 'subject', p_mail.subject,
    'body_text', p_mail.body_text, 'body_html', p_mail.body_html,
    'unsubscribe_url', regexp_replace(p_mail.unsubscribe_url, '\{token\}|%7Btoken%7D',
      case when p_mail.person_id is null then private.unsubscribe_token(p_mail.recipient_id)
        else private.digest_token(p_mail.person_id, p_mail.digest) end),
    'is_digest', p_mail.digest is not null, 'attachment_id', p_mail.attachment_id,
    'first_tried_at', p_mail.first_tried_at, 'attempts', p_mail.attempts);
$$;
comment on function private.mail_in_hand is 'What a sender is told of a mail that it takes in hand, its stop link filled in.';

create or replace function public.claim_mail(
  p_now timestamptz, p_limit integer, p_claimant uuid, p_claim_seconds double precision, p_give_up_before timestamptz
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_clock constant timestamptz := clock_timestamp();
  v_stopped integer;
  v_given_up integer;
  v_mails jsonb;
begin
  with stopped as (
    select id from public.outbox
    where status = 'sending' and claimed_until < v_clock for update skip locked
  ), died as (
    update public.outbox o
    set status = 'dead', may_have_arrived = true, attempts = o.attempts + 1,
        -- About when it was tried, however long it had been due: the frequency cap counts from then.
        next_attempt_at = greatest(o.next_attempt_at, least(p_now, o.claimed_until)),
        claimed_by = null, claimed_until = '-infinity',
        last_error = 'The sender stopped while this was being sent. It may have arrived; send it again only if it did not.'
    from stopped where o.id = stopped.id
    returning o.id
  )
  select count(*) into v_stopped from died;

  with unwanted as (
    select o.id
    from public.outbox o join private.source_suppliers s on s.id = o.recipient_id
    where o.status = 'queued' and o.next_attempt_at <= p_now and o.claimed_until < v_clock
      and o.unsubscribe_url is not null and s.email_opt_out
    for update of o skip locked
  )
  update public.outbox o
  set status = 'cancelled', last_error = 'opt_out', claimed_by = null, claimed_until = '-infinity'
  from unwanted where o.id = unwanted.id;

  -- Who stopped it, or lost the role, while it waited: also where a dead one is sent again.
  with unwanted as (
    select id from public.outbox
    where status = 'queued' and next_attempt_at <= p_now and claimed_until < v_clock
      and digest is not null and not private.wants_digest(person_id, digest)
    for update skip locked
  )
  update public.outbox o
  set status = 'cancelled', last_error = 'opt_out', claimed_by = null, claimed_until = '-infinity'
  from unwanted where o.id = unwanted.id;

  with stale as (
    select id from public.outbox
    where status = 'queued' and next_attempt_at <= p_now and claimed_until < v_clock
      and first_tried_at < p_give_up_before
    for update skip locked
  ), died as (
    update public.outbox o
    set status = 'dead', claimed_by = null, claimed_until = '-infinity',
        last_error = concat_ws(' ', 'It could not be sent for three days.', o.last_error)
    from stale where o.id = stale.id
    returning o.id
  )
  select count(*) into v_given_up from died;

  with due as materialized (
    select id from public.outbox
    where status = 'queued' and next_attempt_at <= p_now
      -- One's own: the answer to an earlier claim was lost on the way.
      and (claimed_until < v_clock or claimed_by = p_claimant)
    order by next_attempt_at, id limit p_limit for update skip locked
  ), claimed as (
    update public.outbox o
    set claimed_by = p_claimant, claimed_until = v_clock + make_interval(secs => p_claim_seconds)
    from due where o.id = due.id
    returning o.*
  )
  select coalesce(jsonb_agg(private.mail_in_hand(claimed) order by next_attempt_at, id), '[]')
  into v_mails from claimed;

  return jsonb_build_object(
    'mails', v_mails,
    'dead', v_stopped + v_given_up,
    'busy_until', (
      select min(claimed_until) from public.outbox
      where status in ('queued', 'sending') and next_attempt_at <= p_now
        and claimed_until > v_clock and claimed_by <> p_claimant));
end $$;

create function public.claim_mail_of(
  p_supplier uuid, p_intervention uuid, p_claimant uuid, p_claim_seconds double precision
) returns jsonb
language sql set search_path = '' as $$
  with due as materialized (
    select o.id
    from public.interventions i join public.outbox o on o.id = i.message_id
    where i.supplier_id = p_supplier and i.id = p_intervention and o.status = 'queued'
      and (o.claimed_until < clock_timestamp() or o.claimed_by = p_claimant)
    for update of o skip locked
  ), claimed as (
    update public.outbox o
    set claimed_by = p_claimant, claimed_until = clock_timestamp() + make_interval(secs => p_claim_seconds)
    from due where o.id = due.id
    returning o.*
  )
  select coalesce(jsonb_agg(private.mail_in_hand(claimed)), '[]') from claimed;
$$;
comment on function public.claim_mail_of is
  'Take the mail of one intervention in hand, as claim_mail does with all that is due; none where it is sent, dead or '
  'in other hands.';

-- ============ rights ============

revoke all on public.digest_subscriptions, private.digest_log, private.mail_attachments
  from public, anon, authenticated, service_role;
grant select, insert on public.digest_subscriptions to authenticated;
grant update (id, daily, weekly, hour, weekday, timezone) on public.digest_subscriptions to authenticated;
grant select on public.digest_subscriptions, private.digest_log to service_role;
create policy "staff read their own choice" on public.digest_subscriptions
  for select to authenticated using ((select private.is_staff()) and id = (select auth.uid()));
create policy "staff make their own choice" on public.digest_subscriptions
  for insert to authenticated with check ((select private.is_staff()) and id = (select auth.uid()));
create policy "staff change their own choice" on public.digest_subscriptions
  for update to authenticated
  using ((select private.is_staff()) and id = (select auth.uid()))
  with check ((select private.is_staff()) and id = (select auth.uid()));

revoke execute on function private.check_digest_choice, private.digest_token, private.wants_digest, private.mail_in_hand, public.stop_digest,
  public.digest_readers, private.sign_in_addresses, public.store_attachment, public.mail_attachment,
  public.queue_digest, public.claim_mail_of, public.digest_facts from public, anon, authenticated;
grant execute on function public.stop_digest, public.digest_readers, private.sign_in_addresses, private.digest_token, private.wants_digest, private.mail_in_hand,
  public.store_attachment, public.mail_attachment, public.queue_digest, public.claim_mail_of to service_role;
grant execute on function public.digest_facts to authenticated, service_role;
