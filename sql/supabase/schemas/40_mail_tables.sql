-- Messages: templates, the outbox that e-mail leaves from, messages inside the product, and digests.
-- Nothing here knows why a message is written.

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
comment on table public.message_templates is
  'What messages say. Versions are never changed; the newest of a name is in force.';
comment on column public.message_templates.audience is 'supplier: one supplier reads it; team: customer success does.';
comment on column public.message_templates.body_html is
  'What stands inside the layout; null where the text is all there is.';

create table private.mail_attachments (
  id uuid primary key default gen_random_uuid(),
  key text not null unique check (length(key) between 1 and 300),
  file_name text not null check (file_name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
  content text not null check (length(content) between 1 and 4000000),
  created_at timestamptz not null default now()
);
comment on table private.mail_attachments is 'CSV files that mails carry, each once however many mails carry it.';
comment on column private.mail_attachments.content is 'Compressed (gzip), in base64.';

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
  person_id uuid references public.user_profiles (id) on delete cascade,
  digest text check (digest in ('daily', 'weekly')),
  attachment_id uuid references private.mail_attachments (id) on delete set null,
  also_to_who_left boolean not null default false,
  constraint sent_says_when check ((status = 'sent') = (sent_at is not null)),
  constraint dead_if_nobody_knows check (status = 'dead' or not may_have_arrived),
  constraint somebody_unsubscribes check (unsubscribe_url is null or num_nonnulls(recipient_id, person_id) = 1),
  constraint a_digest_goes_to_a_person check ((digest is null) = (person_id is null))
);
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
comment on column public.outbox.also_to_who_left is
  'A person asked for it: it goes to a supplier that paused or churned, too, to win it back.';
comment on column public.outbox.person_id is 'Of a digest: who of the team it goes to.';
comment on column public.outbox.digest is 'Which one; a link in it stops that one.';

create table public.in_app_messages (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  title text not null check (length(btrim(title)) >= 1 and length(title) <= 200),
  body text not null check (length(btrim(body)) >= 1 and length(body) <= 20000),
  created_at timestamptz not null default now(),
  read_at timestamptz check (read_at between '2000-01-01' and '2200-01-01'),
  primary key (supplier_id, id)
);
comment on table public.in_app_messages is
  'Messages a supplier sees inside the product. Its own sign-in reads them and marks them read.';

create table private.outreach_secret (
  only_row boolean primary key default true check (only_row),
  secret bytea not null check (length(secret) = 32)
);
comment on table private.outreach_secret is 'Makes unsubscribe links that nobody can guess. Never leaves the database.';
insert into private.outreach_secret (secret)
values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

create table public.digest_subscriptions (
  id uuid primary key references public.user_profiles (id) on delete cascade,
  daily boolean not null default false,
  weekly boolean not null default false,
  hour smallint not null default 8 check (hour between 0 and 23),
  weekday smallint not null default 1 check (weekday between 1 and 7),
  timezone text not null default 'UTC' check (length(timezone) between 1 and 100),
  changed_at timestamptz not null default now()
);
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
comment on table private.digest_log is 'What was decided for a person and day: once, whoever asks again.';
comment on column private.digest_log.day is 'The day where the person is.';
comment on column private.digest_log.told_date is 'The scored day up to which changes were told.';
comment on column private.digest_log.was_sent is 'False: there was nothing to say.';

-- ============ indexes ============

create index message_templates_published_by_idx on public.message_templates (published_by);
create index outbox_recipient_id_idx on public.outbox (recipient_id);
create index outbox_due_idx on public.outbox (next_attempt_at, id) where status = 'queued';
create index outbox_sending_idx on public.outbox (id) where status = 'sending';
create index outbox_dead_idx on public.outbox (next_attempt_at, id) where status = 'dead';
create index outbox_claimed_by_idx on public.outbox (claimed_by) where claimed_by is not null;
create index outbox_sent_at_idx on public.outbox (sent_at desc) where sent_at is not null;
create index outbox_test_idx on public.outbox (dedupe_key text_pattern_ops) where dedupe_key like 'test/%';
create index outbox_person_id_idx on public.outbox (person_id) where person_id is not null;
create index outbox_attachment_id_idx on public.outbox (attachment_id) where attachment_id is not null;
