-- What the team does about a score: when to reach out, to whom and how often; what was planned and
-- done; who looks after whom. Which playbook fires for whom is decided in Python.

-- ============ tables: playbooks and rules ============

-- The checks keep nonsense out however a row is written; the fields that conditions may name
-- and the sense of them are checked where they are read, in Python. A JSON path is strict so
-- that [14] does not pass for 14; what does not compare is not found, so false.
create table public.playbooks (
  name text not null check (name ~ '^[a-z][a-z0-9_]{0,59}$'),
  version integer not null check (version > 0),
  definition jsonb not null,
  note text check (length(note) <= 2000),
  published_at timestamptz not null default now() check (isfinite(published_at)),
  published_by uuid references public.user_profiles (id) on delete set null,
  primary key (name, version),
  -- Calls asked for by hand are marked "person", the keys of celebrations begin with "milestone".
  constraint name_is_not_taken check (name not in ('person', 'milestone')),
  constraint title_is_given check (coalesce(
    jsonb_typeof(definition -> 'title') = 'string'
    and length(btrim(definition ->> 'title')) between 1 and 200, false)),
  constraint trigger_is_known check (coalesce(
    definition @? 'strict $.trigger ? (@ == "condition" || @ == "transition")', false)),
  -- An empty list would match every supplier.
  constraint conditions_are_given check (coalesce(
    definition @? 'strict $.conditions ? (@.type() == "array" && @.size() >= 1)', false)),
  constraint actions_are_given check (coalesce(
    definition @? 'strict $.actions ? (@.type() == "array" && @.size() >= 1)', false)),
  constraint actions_are_known check (coalesce(
    jsonb_array_length(jsonb_path_query_array(definition, 'strict $.actions[*] ? (
      ((@.type == "email" || @.type == "in_app") && @.template like_regex "^[a-z][a-z0-9_]{0,59}$")
      || (@.type == "call" && (@.call_type == "onboarding_call" || @.call_type == "check_in"
          || @.call_type == "technical_support" || @.call_type == "upgrade_discussion")))', '{}', true))
    = jsonb_array_length(jsonb_path_query_array(definition, 'strict $.actions[*]', '{}', true)), false)),
  constraint one_action_per_type check (
    jsonb_array_length(jsonb_path_query_array(definition, '$.actions[*] ? (@.type == "email")')) <= 1
    and jsonb_array_length(jsonb_path_query_array(definition, '$.actions[*] ? (@.type == "in_app")')) <= 1
    and jsonb_array_length(jsonb_path_query_array(definition, '$.actions[*] ? (@.type == "call")')) <= 1),
  -- Otherwise a call would stay open for ever.
  constraint a_call_has_a_recovery check (
    not definition @? '$.actions[*] ? (@.type == "call")'
    or coalesce(definition @? 'strict $.recovery ? (@.type() == "array" && @.size() >= 1)', false)),
  constraint cool_down_is_1_to_365_days check (coalesce(
    definition @? 'strict $.cool_down_days ? (@ >= 1 && @ <= 365 && @ == @.floor())', false)),
  constraint holdout_is_a_percentage check (
    not definition ? 'holdout_percent'
    or coalesce(definition @? 'strict $.holdout_percent ? (@ >= 0 && @ <= 100)', false)),
  constraint priority_is_0_to_1000 check (
    not definition ? 'priority'
    or coalesce(definition @? 'strict $.priority ? (@ >= 0 && @ <= 1000 && @ == @.floor())', false)),
  constraint enabled_is_true_or_false check (
    not definition ? 'enabled' or jsonb_typeof(definition -> 'enabled') = 'boolean')
);
comment on table public.playbooks is
  'When to contact a supplier and how, by name and version. The newest version of a name is in force.';
comment on column public.playbooks.definition is
  'Trigger, conditions, recovery, actions, cool_down_days, holdout_percent, priority (lower = more important), enabled.';

create table public.outreach_rules (
  version integer primary key check (version > 0),
  definition jsonb not null,
  note text check (length(note) <= 2000),
  published_at timestamptz not null default now() check (isfinite(published_at)),
  published_by uuid references public.user_profiles (id) on delete set null,
  constraint email_cap_is_not_negative check (coalesce(
    definition @? 'strict $.email_cap.emails ? (@ >= 0 && @ <= 100 && @ == @.floor())'
    and definition @? 'strict $.email_cap.days ? (@ >= 1 && @ <= 365 && @ == @.floor())', false)),
  constraint a_day_of_the_week_is_worked check (coalesce(
    definition @? 'strict $.working_days ? (@.type() == "array" && @.size() >= 1 && @.size() <= 7)'
    and definition -> 'working_days' <@ '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]', false)),
  constraint call_time_is_a_time_of_day check (coalesce(
    definition @? 'strict $.call_time ? (@ like_regex "^([01][0-9]|2[0-3]):[0-5][0-9]$")', false)),
  constraint holidays_are_a_list check (coalesce(jsonb_typeof(definition -> 'holidays') = 'array', false)),
  constraint waits_are_not_negative check (coalesce(
    definition @? 'strict $.alert_again_after_days ? (@ >= 0 && @ <= 365 && @ == @.floor())'
    and definition @? 'strict $.celebrate_within_days ? (@ >= 0 && @ <= 365 && @ == @.floor())', false)),
  -- The next two keys may be missing: no quiet hours, alerts to CS_ALERT_TO.
  constraint quiet_hours_are_two_times check (
    not definition ? 'quiet_hours' or definition -> 'quiet_hours' = 'null'
    or coalesce(
      definition @? 'strict $.quiet_hours.from ? (@ like_regex "^([01][0-9]|2[0-3]):[0-5][0-9]$")'
      and definition @? 'strict $.quiet_hours.until ? (@ like_regex "^([01][0-9]|2[0-3]):[0-5][0-9]$")'
      and definition #>> '{quiet_hours,from}' <> definition #>> '{quiet_hours,until}', false)),
  constraint alert_to_is_a_list check (
    not definition ? 'alert_to' or jsonb_typeof(definition -> 'alert_to') = 'array')
);
comment on table public.outreach_rules is
  'What all playbooks keep to, by version: frequency cap, working days, time of calls. The newest version is in force.';
comment on column public.outreach_rules.definition is
  'email_cap (emails per days), working_days, call_time (supplier''s local time), holidays, alert_again_after_days, '
  'celebrate_within_days, quiet_hours (from, until: supplier''s local time; null: none), alert_to (addresses; empty: CS_ALERT_TO).';

-- ============ tables: contacts ============

create table public.interventions (
  id uuid not null default gen_random_uuid(),
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  type text not null check (type in ('email', 'call', 'in_app')),
  playbook text,
  requested_by uuid references public.user_profiles (id) on delete set null,
  template text,
  subject text,
  body text,
  status text not null default 'planned'
    check (status in ('planned', 'sending', 'sent', 'done', 'failed', 'suppressed', 'cancelled')),
  reason text,
  scheduled_for timestamptz,
  sent_at timestamptz,
  attempts integer not null default 0 check (attempts >= 0),
  last_error text,
  dedupe_key text not null,
  created_at timestamptz not null default now(),
  playbook_version integer,
  milestone_type text,
  arm text not null default 'treated' check (arm in ('treated', 'holdout')),
  call_type text
    check (call_type in ('onboarding_call', 'check_in', 'technical_support', 'upgrade_discussion')),
  score_date date,
  cause jsonb not null default '{"reasons": []}' check (jsonb_typeof(cause -> 'reasons') = 'array'),
  request jsonb,
  message_id uuid references public.outbox (id) on delete set null,
  may_have_arrived boolean not null default false,
  bulk_id uuid,
  primary key (supplier_id, id),
  unique (supplier_id, dedupe_key),
  constraint suppressed_says_why check (status <> 'suppressed' or reason is not null),
  constraint somebody_caused_it check (num_nonnulls(playbook, requested_by, milestone_type) > 0 or request is not null),
  constraint a_call_says_which check ((type = 'call') = (call_type is not null)),
  constraint subject_is_short check (length(subject) <= 300),
  constraint body_is_a_message check (length(body) <= 50000),
  constraint a_reason_is_known check (
    (status <> 'suppressed' or reason in ('holdout', 'cool_down', 'frequency_cap', 'opt_out', 'no_address', 'open_call'))
    and (status <> 'cancelled' or reason in ('recovered', 'supplier_left', 'by_person')))
);
comment on table public.interventions is 'One action taken or planned for one supplier.';
comment on column public.interventions.dedupe_key is 'The same cause gives the same key, so a repeated run plans nothing twice.';
comment on column public.interventions.arm is
  'holdout: left alone by chance, so that the effect of the others can be measured.';
comment on column public.interventions.cause is
  'Why: {"reasons": [{playbook, version, score, level, previous_score, drivers, on}]}. A second reason for an open call is added to it.';
comment on column public.interventions.request is
  'What a person asked for, and what was overridden for it: tells a repeated request from another one.';
comment on column public.interventions.reason is 'Why it was suppressed or cancelled.';
comment on column public.interventions.score_date is 'The scored day that caused it.';
comment on column public.interventions.may_have_arrived is
  'It failed, and yet may have arrived: it counts against the frequency cap.';
comment on column public.interventions.message_id is 'Its mail, once written.';
comment on column public.interventions.sent_at is
  'When it was sent; of an e-mail that may have arrived, when it was tried, so that it counts against the cap from that day.';
comment on column public.interventions.bulk_id is 'What was asked for many suppliers at once has the same one.';

create table public.support_interactions (
  id uuid not null default gen_random_uuid(),
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  type text not null check (type in ('onboarding_call', 'check_in', 'technical_support', 'upgrade_discussion')),
  notes text check (length(notes) <= 5000),
  outcome text check (outcome in ('reached', 'left_message', 'no_answer', 'not_needed')),
  -- What a token can write over REST is within bounds, here and in all tables: a list that meets
  -- an instant no calendar has is a list for nobody.
  scheduled_for timestamptz check (scheduled_for between '2000-01-01' and '2200-01-01'),
  completed_at timestamptz check (completed_at between '2000-01-01' and '2200-01-01'),
  created_by uuid references public.user_profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  intervention_id uuid,
  cancelled_at timestamptz,
  claimed_by uuid references public.user_profiles (id) on delete set null,
  claimed_at timestamptz,
  completed_by uuid references public.user_profiles (id) on delete set null,
  noted_at timestamptz,
  snoozed_reason text check (length(btrim(snoozed_reason)) between 1 and 500),
  primary key (supplier_id, id),
  constraint support_interactions_intervention_fkey foreign key (supplier_id, intervention_id)
    references public.interventions (supplier_id, id) on delete cascade,
  constraint not_both_done_and_cancelled check (completed_at is null or cancelled_at is null)
);
comment on table public.support_interactions is 'A logged touchpoint: a call, a check-in.';
comment on column public.support_interactions.intervention_id is 'The planned call it carries out.';
comment on column public.support_interactions.cancelled_at is 'The call was not needed any more.';
comment on column public.support_interactions.claimed_by is 'Who is making the call, so that nobody else does.';
comment on column public.support_interactions.completed_by is 'Who noted the outcome; null for the program.';
comment on column public.support_interactions.noted_at is 'When the outcome was noted; completed_at says when the call was made.';
comment on column public.support_interactions.snoozed_reason is 'Why it was put off last.';

create table public.success_milestones (
  id uuid not null default gen_random_uuid(),
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  milestone_type text not null check (length(btrim(milestone_type)) between 1 and 100),
  achieved_at timestamptz not null,
  celebrated boolean not null default false,
  created_at timestamptz not null default now(),
  uncelebrated_reason text check (uncelebrated_reason in ('too_long_ago')),
  primary key (supplier_id, id),
  unique (supplier_id, milestone_type),
  constraint celebrated_or_not check (not (celebrated and uncelebrated_reason is not null))
);
comment on table public.success_milestones is 'Something a supplier reached for the first time; once ever per type.';
comment on column public.success_milestones.uncelebrated_reason is
  'Why it is not celebrated: it was reached long before it was noticed.';

create table public.team_alerts (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  score_date date not null,
  status text not null default 'pending' check (status in ('pending', 'queued', 'suppressed')),
  reason text,
  message_id uuid references public.outbox (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (supplier_id, score_date),
  constraint suppressed_alert_says_why check (status <> 'suppressed' or reason is not null)
);
comment on table public.team_alerts is
  'Suppliers that turned critical, and whether the team was told. A transition is told once at most.';

create table public.supplier_notes (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  text text not null check (length(btrim(text)) >= 1 and length(text) <= 5000),
  created_by uuid references public.user_profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (supplier_id, id)
);
comment on table public.supplier_notes is 'What the team writes down about a supplier, apart from calls.';

-- ============ tables: many at once ============

create table private.owner_changes (
  bulk_id uuid primary key,
  changed_by uuid not null references public.user_profiles (id) on delete cascade,
  changed_at timestamptz not null default now(),
  owner_id uuid,
  suppliers uuid[] not null default '{}',
  owners_before uuid[] not null default '{}' check (cardinality(owners_before) = cardinality(suppliers)),
  given_back integer
);
comment on table private.owner_changes is
  'Which suppliers changed hands together, so that it can be undone after a reload too. Kept for 7 days.';
comment on column private.owner_changes.bulk_id is 'Chosen by who asks: the same again changes nothing twice.';
comment on column private.owner_changes.owner_id is 'Who has them now; null: nobody.';
comment on column private.owner_changes.suppliers is 'Those that changed hands; those that this owner had before are not among them.';
comment on column private.owner_changes.given_back is 'How many were given back; null as long as it is not undone.';

create table private.bulks_closed (
  person_id uuid primary key references public.user_profiles (id) on delete cascade,
  until timestamptz not null
);
comment on table private.bulks_closed is
  'Until when a person has read what became of actions for many suppliers: what was begun before is not shown again, in no tab.';

-- ============ indexes ============

create index playbooks_published_by_idx on public.playbooks (published_by);
create index outreach_rules_published_by_idx on public.outreach_rules (published_by);

create unique index interventions_one_open_call on public.interventions (supplier_id)
  where type = 'call' and status = 'planned';
create index interventions_requested_by_idx on public.interventions (requested_by);
create index interventions_due_idx on public.interventions (scheduled_for) where status = 'planned';
create index interventions_history_idx on public.interventions (supplier_id, created_at);
create index interventions_created_at_idx on public.interventions (created_at desc);
-- The key begins with the supplier; who names an intervention alone finds it by this.
create index interventions_id_idx on public.interventions (id);
create index interventions_message_id_idx on public.interventions (message_id);
create index interventions_to_write_idx on public.interventions (scheduled_for)
  where status = 'planned' and message_id is null and type <> 'call';
create index interventions_mailed_idx on public.interventions (sent_at, supplier_id)
  where type = 'email' and sent_at is not null;
create index interventions_bulk_id_idx on public.interventions (bulk_id) where bulk_id is not null;
-- What of a bulk has not left is little and soon gone, however many one person has sent.
create index interventions_waiting_bulk_idx on public.interventions (requested_by, created_at desc)
  where status = 'planned' and bulk_id is not null;
-- Lists of interventions with their filters.
create index interventions_scheduled_list_idx on public.interventions (scheduled_for, id) where status in ('planned', 'sending');
create index interventions_sent_list_idx on public.interventions (created_at desc, id) where status in ('sent', 'done');
create index interventions_failed_list_idx on public.interventions (created_at desc, id) where status = 'failed';
create index interventions_suppressed_list_idx on public.interventions (created_at desc, id) where status = 'suppressed';

create index support_interactions_created_by_idx on public.support_interactions (created_by);
create index support_interactions_claimed_by_idx on public.support_interactions (claimed_by);
create index support_interactions_completed_by_idx on public.support_interactions (completed_by);
create index support_interactions_intervention_idx on public.support_interactions (supplier_id, intervention_id);
create index support_interactions_open_calls_idx on public.support_interactions (supplier_id)
  where completed_at is null and cancelled_at is null;
create index support_interactions_queue_idx on public.support_interactions (scheduled_for, id)
  where completed_at is null and cancelled_at is null;
create index support_interactions_made_idx on public.support_interactions (completed_at, supplier_id)
  where completed_at is not null;

create index success_milestones_counted_idx on public.success_milestones (achieved_at desc, milestone_type);
create index team_alerts_pending_idx on public.team_alerts (score_date) where status = 'pending';
create index team_alerts_message_id_idx on public.team_alerts (message_id);
create index supplier_notes_created_by_idx on public.supplier_notes (created_by);
create index owner_changes_newest_idx on private.owner_changes (changed_by, changed_at desc);
