-- Queueing, sending and trying mail again; messages read inside the product; unsubscribing.

-- ============ functions: links nobody can guess ============

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

create function private.digest_token(p_person uuid, p_digest text) returns text
language sql stable security definer set search_path = '' as $$
  select left(encode(sha256(secret || uuid_send(p_person) || convert_to(p_digest, 'UTF8')), 'hex'), 32)
  from private.outreach_secret;
$$;
comment on function private.digest_token is 'What a link that stops a digest must hold to be believed; one per person and digest.';

-- ============ functions: the outbox ============

create function private.has_address(p_email text) returns boolean
language sql immutable
-- A parsed body and no search_path setting, so that the planner can inline it.
-- As cs_core/mail/addresses.py:_problem has it, but for what only tables of letters tell: whether
-- a letter that is not ASCII may stand in a domain. That is found as the message is written.
return coalesce(
  length(btrim(p_email)) <= 254
  and btrim(p_email) !~ '[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]'
  and split_part(btrim(p_email), '@', 1) !~ '(^\.|\.\.|\.$|[\u200c\u200d])'
  and translate(btrim(p_email), '。．｡', '...') ~ (
    '^[^\s@<>()\[\],;:\\"]{1,64}@'
    '([a-zA-Z0-9\u00c0-\uffff\U00010000-\U0010ffff]([a-zA-Z0-9_\u00c0-\uffff\U00010000-\U0010ffff-]{0,61}[a-zA-Z0-9\u00c0-\uffff\U00010000-\U0010ffff])?\.)+'
    '[a-zA-Z0-9\u00c0-\uffff\U00010000-\U0010ffff]([a-zA-Z0-9_\u00c0-\uffff\U00010000-\U0010ffff-]{0,61}[a-zA-Z0-9\u00c0-\uffff\U00010000-\U0010ffff])?$'),
  false);
comment on function private.has_address is 'Whether an e-mail address can be one.';

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

create function private.wants_digest(p_person uuid, p_digest text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.digest_subscriptions s join private.source_users u on u.id = s.id
    where s.id = p_person and u.role in ('admin', 'analyst')
      and case p_digest when 'daily' then s.daily else s.weekly end);
$$;
comment on function private.wants_digest is 'Whether somebody wants a digest at this moment, and may read what it says.';

create function private.current_address(p_mail public.outbox) returns text
language sql stable security definer set search_path = '' as $$
  select case when p_mail.recipient_id is null then p_mail.to_address else (
    select btrim(s.email) from private.source_suppliers s where s.id = p_mail.recipient_id) end;
$$;
comment on function private.current_address is
  'Where a mail goes: a supplier''s to the address that it has at this moment, whatever it had as the mail was queued.';

create function private.mail_obstacle(p_mail public.outbox, p_now timestamptz) returns text
language sql stable security definer set search_path = '' as $$
  select case
    when p_mail.digest is not null then
      case when not private.wants_digest(p_mail.person_id, p_mail.digest) then 'opt_out' end
    when p_mail.recipient_id is null then null
    when p_mail.unsubscribe_url is not null and s.email_opt_out then 'opt_out'
    when not p_mail.also_to_who_left
      and not coalesce(private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now), false)
      then 'supplier_left'
    when not private.has_address(s.email) then 'no_address' end
  from (select) one left join private.source_suppliers s on s.id = p_mail.recipient_id;
$$;
comment on function private.mail_obstacle is
  'Why a mail that waits must not leave: its supplier opted out, left or has no address any more; its reader stopped the '
  'digest or lost the role. Null where nothing is in the way.';

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
        -- About when it was tried, however long it had been due: the frequency cap counts from then.
        next_attempt_at = greatest(o.next_attempt_at, least(p_now, o.claimed_until)),
        claimed_by = null, claimed_until = '-infinity',
        last_error = 'The sender stopped while this was being sent. It may have arrived; send it again only if it did not.'
    from stopped where o.id = stopped.id
    returning o.id
  )
  select count(*) into v_stopped from died;

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

  -- A batch at a time until one holds only what may leave: what waits may be much.
  loop
    update public.outbox o
    set status = 'cancelled', last_error = b.reason, claimed_by = null, claimed_until = '-infinity'
    from (
      select d.id, private.mail_obstacle(d, p_now) as reason
      from (
        select * from public.outbox
        where status = 'queued' and next_attempt_at <= p_now
          and (claimed_until < v_clock or claimed_by = p_claimant)
        order by next_attempt_at, id limit p_limit for update skip locked) d) b
    where o.id = b.id and b.reason is not null;
    exit when not found;
  end loop;

  with due as materialized (
    select id from public.outbox
    where status = 'queued' and next_attempt_at <= p_now
      -- One's own: the answer to an earlier claim was lost on the way.
      and (claimed_until < v_clock or claimed_by = p_claimant)
    order by next_attempt_at, id limit p_limit for update skip locked
  ), claimed as (
    update public.outbox o
    set claimed_by = p_claimant, claimed_until = v_clock + make_interval(secs => p_claim_seconds),
        to_address = coalesce(private.current_address(o), o.to_address)
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
comment on function public.claim_mail is
  'Take due mail in hand for a while. Also: what a sender was stopped at, and what was first tried before p_give_up_before, is dead, and how many that were; mail in whose way something came meanwhile (mail_obstacle) is cancelled; busy_until tells of due mail in other hands.';

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
  set status = 'cancelled', last_error = b.reason, claimed_by = null, claimed_until = '-infinity'
  from (
    select private.mail_obstacle(m, clock_timestamp()) as reason from public.outbox m
    where m.id = p_next and m.status = 'queued' and m.claimed_by = p_claimant) b
  where o.id = p_next and b.reason is not null;
  -- Another address since it was claimed: whoever claims it next is told that one.
  update public.outbox o set claimed_by = null, claimed_until = '-infinity'
  where id = p_next and status = 'queued' and claimed_by = p_claimant
    and to_address is distinct from private.current_address(o);
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

create function public.retry_mail(p_ids uuid[], p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_ids uuid[];
begin
  perform private.require_admin();
  with dead as (
    select id from public.outbox
    where status = 'dead' and case when p_ids is null then not may_have_arrived else id = any (p_ids) end
    order by id for update),
  queued as (
    update public.outbox o
    set status = 'queued', may_have_arrived = false, attempts = 0, first_tried_at = null,
        scheduled_for = least(p_now, now()), next_attempt_at = least(p_now, now())
    from dead where o.id = dead.id returning o.id)
  select coalesce(array_agg(id), '{}') into v_ids from queued;
  insert into public.audit_log (actor_id, table_name, row_key, action, before, after)
  select auth.uid(), 'outbox', id::text, 'update', '{"status": "dead"}', '{"status": "queued"}'
  from unnest(v_ids) id;
  return cardinality(v_ids);
end $$;
comment on function public.retry_mail is
  'A person sends dead mail again, with all its tries: some by id, or (null) all but what may have arrived. Returns how many.';

create function private.masked(p_address text) returns text
language sql immutable set search_path = ''
return left(p_address, 1) || '…@' || split_part(p_address, '@', 2);
comment on function private.masked is 'An e-mail address that is recognised by who knows it, and by nobody else.';

-- ============ functions: attachments ============

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

-- ============ functions: messages inside the product ============

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

-- ============ triggers ============

create trigger cs_keep_first_reading before update on public.in_app_messages
  for each row execute function private.keep_first_reading();
