-- Messages: templates, the outbox that e-mail leaves from, messages inside the product, and
-- unsubscribing. Nothing here knows why a message is written.

-- ============ tables ============

create table public.message_templates (
  name text not null check (name ~ '^[a-z][a-z0-9_]{0,99}$'),
  version integer not null check (version >= 1),
  audience text not null check (audience in ('supplier', 'team')),
  subject text not null check (length(btrim(subject)) >= 1 and length(subject) <= 300 and subject !~ '[\r\n]'),
  body_text text not null check (length(btrim(body_text)) >= 1 and length(body_text) <= 50000),
  body_html text check (length(body_html) <= 100000),
  note text,
  published_at timestamptz not null default now(),
  published_by uuid references public.user_profiles (id) on delete set null,
  primary key (name, version)
);
create index message_templates_published_by_idx on public.message_templates (published_by);
alter table public.message_templates enable row level security;
comment on table public.message_templates is
  'What messages say. Versions are never changed; the newest of a name is in force.';
comment on column public.message_templates.audience is 'supplier: one supplier reads it; team: customer success does.';
comment on column public.message_templates.body_html is
  'What stands inside the layout; null where the text is all there is.';

create table public.outbox (
  id uuid primary key default gen_random_uuid(),
  dedupe_key text not null unique check (length(dedupe_key) between 1 and 300),
  recipient_id uuid references public.suppliers (id) on delete cascade,
  -- Whether it is an address that mail can go to is told by the sender, one message at a time.
  to_address text not null check (length(to_address) between 1 and 320 and to_address !~ '[\r\n]'),
  to_name text check (length(to_name) <= 1000),
  subject text not null check (length(btrim(subject)) >= 1 and length(subject) <= 300 and subject !~ '[\r\n]'),
  body_text text not null check (length(btrim(body_text)) >= 1 and length(body_text) <= 50000),
  body_html text check (length(body_html) <= 100000),
  -- It becomes one line of a header.
  unsubscribe_url text check (octet_length(unsubscribe_url) = length(unsubscribe_url)
    and length(unsubscribe_url) <= 900 and unsubscribe_url ~ '^https?://[^\s<>]+$'),
  status text not null default 'queued' check (status in ('queued', 'sending', 'sent', 'dead', 'cancelled')),
  scheduled_for timestamptz not null check (isfinite(scheduled_for)),
  next_attempt_at timestamptz not null check (isfinite(next_attempt_at)),
  claimed_by uuid,
  claimed_until timestamptz not null default '-infinity',
  attempts integer not null default 0 check (attempts >= 0),
  first_tried_at timestamptz,
  last_error text,
  may_have_arrived boolean not null default false,
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  constraint sent_says_when check ((status = 'sent') = (sent_at is not null)),
  constraint dead_if_nobody_knows check (status = 'dead' or not may_have_arrived),
  constraint somebody_unsubscribes check (unsubscribe_url is null or recipient_id is not null)
);
create index outbox_recipient_id_idx on public.outbox (recipient_id);
create index outbox_due_idx on public.outbox (next_attempt_at, id) where status = 'queued';
create index outbox_sending_idx on public.outbox (id) where status = 'sending';
create index outbox_dead_idx on public.outbox (next_attempt_at, id) where status = 'dead';
create index outbox_claimed_by_idx on public.outbox (claimed_by) where claimed_by is not null;
alter table public.outbox enable row level security;
comment on table public.outbox is
  'E-mail to be sent and sent. A message that may have left is never sent again by itself.';
comment on column public.outbox.dedupe_key is 'The same cause gives the same key, so nothing is queued twice.';
comment on column public.outbox.recipient_id is 'The supplier it goes to; null for mail to the team.';
comment on column public.outbox.body_html is 'What stands inside the layout, which is put around it on sending.';
comment on column public.outbox.unsubscribe_url is
  'Given: the mail goes only to who has not opted out. {token} in it is replaced on sending, so that nobody who reads this table can unsubscribe a supplier.';
comment on column public.outbox.status is
  'queued: waits; sending: is handed to the mail server now; sent: the server took it; dead: failed for good, a person decides; cancelled: not wanted any more.';
comment on column public.outbox.claimed_by is 'The sender that has it in hand until claimed_until.';
comment on column public.outbox.attempts is 'How often the mail server was asked to take it. A server that cannot be used is not asked.';
comment on column public.outbox.first_tried_at is
  'Since when it could not be sent, the server''s being unusable included: three days later it is given up. Null until it was tried.';
comment on column public.outbox.may_have_arrived is
  'Only of what is dead: the server had the content, and what became of it is not known.';

create table public.in_app_messages (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  title text not null check (length(btrim(title)) >= 1 and length(title) <= 200),
  body text not null check (length(btrim(body)) >= 1 and length(body) <= 20000),
  created_at timestamptz not null default now(),
  read_at timestamptz,
  primary key (supplier_id, id)
);
alter table public.in_app_messages enable row level security;
comment on table public.in_app_messages is
  'Messages a supplier sees inside the product. Its own sign-in reads them and marks them read.';

create table private.outreach_secret (
  only_row boolean primary key default true check (only_row),
  secret bytea not null check (length(secret) = 32)
);
alter table private.outreach_secret enable row level security;
comment on table private.outreach_secret is 'Makes unsubscribe links that nobody can guess. Never leaves the database.';
insert into private.outreach_secret (secret)
values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

create trigger cs_audit after insert or update or delete on public.message_templates
  for each row execute function private.write_audit(
    'name', 'version', 'audience', 'note', 'subject?', 'body_text?', 'body_html?', 'published_at', 'published_by');

-- ============ messages inside the product ============

create function private.own_supplier_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select id from private.source_suppliers where user_id = (select auth.uid());
$$;
comment on function private.own_supplier_ids() is 'The suppliers whose own sign-in the caller is.';

create function private.keep_first_reading() returns trigger
language plpgsql set search_path = '' as $$
begin
  if current_user in ('anon', 'authenticated') then
    if new.read_at is null then
      raise insufficient_privilege using message = 'A message can be marked read, not unread.';
    end if;
    new.read_at := coalesce(old.read_at, now());
  end if;
  return new;
end $$;
comment on function private.keep_first_reading is
  'A person marks a message read at this moment, once; the time is not theirs to choose.';

create trigger cs_keep_first_reading before update on public.in_app_messages
  for each row execute function private.keep_first_reading();

-- ============ unsubscribing ============

create function private.unsubscribe_token(p_supplier uuid) returns text
language sql stable security definer set search_path = '' as $$
  select left(encode(sha256(secret || uuid_send(p_supplier)), 'hex'), 32) from private.outreach_secret;
$$;
comment on function private.unsubscribe_token is 'What an unsubscribe link must hold to be believed; one per supplier.';

create function public.unsubscribe(p_supplier uuid, p_token text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  if p_token is distinct from private.unsubscribe_token(p_supplier) then
    return false;
  end if;
  update private.source_suppliers set email_opt_out = true
  where id = p_supplier and email_opt_out is distinct from true;
  update public.outbox
  set status = 'cancelled', last_error = 'opt_out', claimed_by = null, claimed_until = '-infinity'
  where recipient_id = p_supplier and status = 'queued' and unsubscribe_url is not null;
  return true;
end $$;
comment on function public.unsubscribe is
  'Opt a supplier out of e-mail and cancel what is queued. False where the token is wrong; repeating it is harmless.';

-- ============ the outbox ============

create function public.queue_mail(p_mail jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.outbox (dedupe_key, recipient_id, to_address, to_name, subject, body_text,
                             body_html, unsubscribe_url, scheduled_for, next_attempt_at)
  select m.dedupe_key, m.recipient_id, m.to_address, m.to_name, m.subject, m.body_text,
         m.body_html, m.unsubscribe_url, m.scheduled_for, m.scheduled_for
  from jsonb_to_recordset(p_mail) m (
    dedupe_key text, recipient_id uuid, to_address text, to_name text, subject text, body_text text,
    body_html text, unsubscribe_url text, scheduled_for timestamptz)
  on conflict (dedupe_key) do nothing;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('dedupe_key', o.dedupe_key, 'id', o.id)), '[]')
    from public.outbox o
    where o.dedupe_key in (select m.dedupe_key from jsonb_to_recordset(p_mail) m (dedupe_key text)));
end $$;
comment on function public.queue_mail is
  'Put mail into the outbox, once per dedupe_key. Returns the id behind every key, also where it was there already.';

create function public.claim_mail(
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
  select coalesce(jsonb_agg(jsonb_build_object(
           'id', id, 'to_address', to_address, 'to_name', to_name, 'subject', subject,
           'body_text', body_text, 'body_html', body_html,
           'unsubscribe_url', regexp_replace(unsubscribe_url, '\{token\}|%7Btoken%7D',
                                             private.unsubscribe_token(recipient_id)),
           'first_tried_at', first_tried_at, 'attempts', attempts) order by next_attempt_at, id), '[]')
  into v_mails from claimed;

  return jsonb_build_object(
    'mails', v_mails,
    'dead', v_stopped + v_given_up,
    'busy_until', (
      select min(claimed_until) from public.outbox
      where status in ('queued', 'sending') and next_attempt_at <= p_now
        and claimed_until > v_clock and claimed_by <> p_claimant));
end $$;
comment on function public.claim_mail is
  'Take due mail in hand for a while. Also: what a sender was stopped at, and what was first tried before p_give_up_before, is dead, and how many that were; mail to who opted out meanwhile is cancelled; busy_until tells of due mail in other hands.';

create function public.note_mail(
  p_claimant uuid, p_claim_seconds double precision, p_done jsonb, p_next uuid
) returns boolean
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_outcome constant text := p_done ->> 'outcome';
  v_until constant timestamptz := clock_timestamp() + make_interval(secs => p_claim_seconds);
begin
  if p_done is not null
     and coalesce(v_outcome not in ('sent', 'retry', 'untried', 'dead', 'may_have_arrived'), true) then
    raise sqlstate '22023' using
      message = 'The outcome of a mail is sent, retry, untried, dead or may_have_arrived.';
  end if;
  update public.outbox
  set status = case when v_outcome in ('retry', 'untried') then 'queued' when v_outcome = 'sent' then 'sent' else 'dead' end,
      may_have_arrived = v_outcome = 'may_have_arrived',
      attempts = attempts + (v_outcome <> 'untried')::integer,
      first_tried_at = coalesce(first_tried_at, (p_done ->> 'at')::timestamptz),
      last_error = left(p_done ->> 'error', 1000),
      sent_at = case v_outcome when 'sent' then (p_done ->> 'at')::timestamptz end,
      next_attempt_at = coalesce((p_done ->> 'next_attempt_at')::timestamptz, next_attempt_at),
      claimed_by = null, claimed_until = '-infinity'
  where id = (p_done ->> 'id')::uuid and status = 'sending' and claimed_by = p_claimant;

  -- Not all of them each time: this is called for every single mail.
  update public.outbox set claimed_until = v_until
  where id in (
    select id from public.outbox
    where claimed_by = p_claimant and status in ('queued', 'sending')
      and claimed_until < v_until - make_interval(secs => p_claim_seconds / 2)
    for update skip locked);

  if p_next is null then
    return false;
  end if;
  update public.outbox o
  set status = 'cancelled', last_error = 'opt_out', claimed_by = null, claimed_until = '-infinity'
  from private.source_suppliers s
  where o.id = p_next and o.status = 'queued' and o.claimed_by = p_claimant
    and s.id = o.recipient_id and o.unsubscribe_url is not null and s.email_opt_out;
  -- sending: the answer to the same request was lost on the way, and it is sent again.
  update public.outbox set status = 'sending', claimed_until = v_until
  where id = p_next and status in ('queued', 'sending') and claimed_by = p_claimant;
  return found;
end $$;
comment on function public.note_mail is
  'Write what became of the mail just tried (retry: later again; untried: the server is to blame, and no try is counted), keep the claims, and say whether the next one is the caller''s to send.';

create function public.release_mail(p_claimant uuid, p_now timestamptz, p_error text) returns integer
language plpgsql set search_path = '' as $$
declare
  v_released integer;
begin
  update public.outbox
  set last_error = coalesce(left(p_error, 1000), last_error),
      first_tried_at = case when p_error is null then first_tried_at else coalesce(first_tried_at, p_now) end,
      claimed_by = null, claimed_until = '-infinity'
  where claimed_by = p_claimant and status = 'queued';
  get diagnostics v_released = row_count;
  return v_released;
end $$;
comment on function public.release_mail is
  'Give back mail that was claimed and not tried: because of p_error, or, without one, because the sender is ended. Returns how many.';

create function private.queue_again(p_ids uuid[], p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
  v_queued integer;
begin
  update public.outbox
  set status = 'queued', may_have_arrived = false, attempts = 0, first_tried_at = null,
      scheduled_for = p_now, next_attempt_at = p_now
  where id = any (p_ids) and status = 'dead';
  get diagnostics v_queued = row_count;
  return v_queued;
end $$;
comment on function private.queue_again is 'Queue dead mail as if it had never been tried. Returns how many.';

create function public.retry_mail(p_id uuid, p_now timestamptz) returns boolean
language sql set search_path = '' as $$
  select private.queue_again(array[p_id], p_now) = 1;
$$;
comment on function public.retry_mail is
  'A person sends a dead mail again, with all its tries. False where it is not dead.';

create function public.retry_all_mail(p_now timestamptz) returns integer
language sql set search_path = '' as $$
  select private.queue_again(
    array(select id from public.outbox where status = 'dead' and not may_have_arrived), p_now);
$$;
comment on function public.retry_all_mail is
  'A person sends all dead mail again but what may have arrived. Returns how many.';

-- ============ rights ============

revoke all on public.message_templates, public.outbox, public.in_app_messages, private.outreach_secret
  from public, anon, authenticated, service_role;
grant select on public.message_templates, public.outbox, public.in_app_messages to authenticated, service_role;
grant insert on public.message_templates to service_role;
grant insert, update on public.outbox, public.in_app_messages to service_role;
grant update (read_at) on public.in_app_messages to authenticated;

create policy "staff read templates" on public.message_templates
  for select to authenticated using ((select private.is_staff()));
create policy "staff read the outbox" on public.outbox
  for select to authenticated using ((select private.is_staff()));
create policy "staff read messages, suppliers their own" on public.in_app_messages
  for select to authenticated
  using ((select private.is_staff()) or supplier_id in (select private.own_supplier_ids()));
create policy "suppliers mark their own messages read" on public.in_app_messages
  for update to authenticated
  using (supplier_id in (select private.own_supplier_ids()))
  with check (supplier_id in (select private.own_supplier_ids()));

revoke execute on function private.own_supplier_ids, private.keep_first_reading, private.unsubscribe_token, private.queue_again
  from public, anon, authenticated, service_role;
grant execute on function private.own_supplier_ids to authenticated;
grant execute on function private.unsubscribe_token, private.queue_again to service_role;
revoke execute on function public.unsubscribe, public.queue_mail, public.claim_mail, public.note_mail,
  public.release_mail, public.retry_mail, public.retry_all_mail from public, anon, authenticated;
grant execute on function public.unsubscribe, public.queue_mail, public.claim_mail, public.note_mail,
  public.release_mail, public.retry_mail, public.retry_all_mail to service_role;
