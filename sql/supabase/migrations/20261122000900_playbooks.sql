-- When to reach out, to whom, how often: playbooks and the rules they all share.

-- ============ tables ============

-- The checks keep nonsense out however a row is written; the fields that conditions may name
-- and the sense of them are checked where they are read, in cs_core/playbooks.py. A JSON path
-- is strict so that [14] does not pass for 14; what does not compare is not found, so false.
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
create index playbooks_published_by_idx on public.playbooks (published_by);
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
    and definition @? 'strict $.celebrate_within_days ? (@ >= 0 && @ <= 365 && @ == @.floor())', false))
);
create index outreach_rules_published_by_idx on public.outreach_rules (published_by);
comment on table public.outreach_rules is
  'What all playbooks keep to, by version: frequency cap, working days, time of calls. The newest version is in force.';
comment on column public.outreach_rules.definition is
  'email_cap (emails per days), working_days, call_time (supplier''s local time), holidays, alert_again_after_days, celebrate_within_days.';

-- ============ rights ============

alter table public.playbooks enable row level security;
alter table public.outreach_rules enable row level security;

revoke all on public.playbooks, public.outreach_rules from anon, authenticated, service_role;
grant select on public.playbooks, public.outreach_rules to authenticated, service_role;
grant insert on public.playbooks, public.outreach_rules to service_role;

create policy "staff read playbooks" on public.playbooks
  for select to authenticated using ((select private.is_staff()));
create policy "staff read outreach rules" on public.outreach_rules
  for select to authenticated using ((select private.is_staff()));

-- ============ defaults ============

insert into public.outreach_rules (version, note, published_at, definition) values (1, 'Default', '2000-01-01 00:00+00', '{
  "email_cap": {"emails": 1, "days": 7},
  "working_days": ["mon", "tue", "wed", "thu", "fri"],
  "call_time": "10:00",
  "holidays": [],
  "alert_again_after_days": 7,
  "celebrate_within_days": 7
}');

insert into public.playbooks (name, version, note, published_at, definition) values
('became_critical', 1, 'Default', '2000-01-01 00:00+00', '{
  "title": "Became critical",
  "trigger": "transition",
  "conditions": [{"field": "risk_level", "is": "critical"}],
  "recovery": [{"field": "risk_level", "is": "healthy"}],
  "actions": [{"type": "call", "call_type": "check_in"}],
  "cool_down_days": 14, "holdout_percent": 0, "priority": 10, "enabled": true
}'),
('trial_ending', 1, 'Default', '2000-01-01 00:00+00', '{
  "title": "Trial ending, not healthy",
  "trigger": "condition",
  "conditions": [
    {"field": "status", "is": "trial"},
    {"field": "trial_days_left", "at_least": 0},
    {"field": "trial_days_left", "at_most": 3},
    {"field": "risk_level", "is_not": "healthy"}
  ],
  "recovery": [{"any": [{"field": "status", "is_not": "trial"}, {"field": "risk_level", "is": "healthy"}]}],
  "actions": [{"type": "call", "call_type": "upgrade_discussion"}],
  "cool_down_days": 30, "holdout_percent": 0, "priority": 15, "enabled": true
}'),
('silent_after_set_up', 1, 'Default', '2000-01-01 00:00+00', '{
  "title": "Silent after set-up",
  "trigger": "condition",
  "conditions": [{"field": "onboarded", "is": true}, {"field": "days_silent", "at_least": 7}],
  "recovery": [{"field": "days_silent", "below": 7}],
  "actions": [{"type": "email", "template": "come_back_tips"}, {"type": "call", "call_type": "check_in"}],
  "cool_down_days": 14, "holdout_percent": 0, "priority": 20, "enabled": true
}'),
-- The call is off once the supplier regained as much as made it a sharp drop, and is out of
-- the worst. Being healthy alone says nothing: from 95 to 75 is a sharp drop, and healthy.
('sharp_drop', 1, 'Default', '2000-01-01 00:00+00', '{
  "title": "Sharp drop within a week",
  "trigger": "condition",
  "conditions": [{"field": "score_change_7_days", "at_most": -15}],
  "recovery": [{"field": "points_since_call", "at_least": 15}, {"field": "risk_level", "is_not": "critical"}],
  "actions": [{"type": "call", "call_type": "check_in"}],
  "cool_down_days": 14, "holdout_percent": 0, "priority": 30, "enabled": true
}'),
('no_clients_yet', 1, 'Default', '2000-01-01 00:00+00', '{
  "title": "No clients yet",
  "trigger": "condition",
  "conditions": [
    {"field": "days_since_sign_up", "at_least": 3},
    {"field": "days_since_sign_up", "below": 30},
    {"field": "clients_known", "at_most": 0}
  ],
  "recovery": [{"field": "clients_known", "at_least": 1}],
  "actions": [{"type": "call", "call_type": "onboarding_call"}, {"type": "in_app", "template": "first_client_help"}],
  "cool_down_days": 30, "holdout_percent": 0, "priority": 40, "enabled": true
}'),
-- Who signed up the other day has not had the time to use much.
('low_adoption', 1, 'Default', '2000-01-01 00:00+00', '{
  "title": "Low feature adoption",
  "trigger": "condition",
  "conditions": [
    {"field": "risk_level", "is": "at_risk"},
    {"field": "feature_adoption_ratio", "below": 0.4},
    {"field": "days_since_sign_up", "at_least": 14}
  ],
  "actions": [{"type": "email", "template": "feature_tips"}, {"type": "in_app", "template": "feature_tips_in_app"}],
  "cool_down_days": 30, "holdout_percent": 0, "priority": 50, "enabled": true
}');

-- ============ audit ============

-- The name is watched because the log's row key holds the version only.
create trigger cs_audit after insert or update or delete on public.playbooks
  for each row execute function private.write_audit('name', 'definition', 'note', 'published_at', 'published_by');
create trigger cs_audit after insert or update or delete on public.outreach_rules
  for each row execute function private.write_audit('definition', 'note', 'published_at', 'published_by');
