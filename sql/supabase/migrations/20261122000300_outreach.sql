-- What the team does about a score. The rules that fill these tables come with the
-- playbooks; the tables, their names and their checks are fixed here.

create table public.success_milestones (
  id uuid not null default gen_random_uuid(),
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  milestone_type text not null check (length(btrim(milestone_type)) between 1 and 100),
  achieved_at timestamptz not null,
  celebrated boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (supplier_id, id),
  unique (supplier_id, milestone_type)
);
create index success_milestones_achieved_at_idx on public.success_milestones (achieved_at desc);
comment on table public.success_milestones is 'Something a supplier reached for the first time; once ever per type.';

create table public.support_interactions (
  id uuid not null default gen_random_uuid(),
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  type text not null check (type in ('onboarding_call', 'check_in', 'technical_support', 'upgrade_discussion')),
  notes text,
  outcome text,
  scheduled_for timestamptz,
  completed_at timestamptz,
  created_by uuid references public.user_profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (supplier_id, id)
);
create index support_interactions_created_by_idx on public.support_interactions (created_by);
create index support_interactions_open_idx on public.support_interactions (scheduled_for) where completed_at is null;
comment on table public.support_interactions is 'A logged touchpoint: a call, a check-in.';

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
  primary key (supplier_id, id),
  unique (supplier_id, dedupe_key),
  constraint suppressed_says_why check (status <> 'suppressed' or reason is not null),
  constraint somebody_caused_it check (playbook is not null or requested_by is not null)
);
create index interventions_requested_by_idx on public.interventions (requested_by);
create index interventions_due_idx on public.interventions (scheduled_for) where status = 'planned';
comment on table public.interventions is 'One action taken or planned for one supplier.';
comment on column public.interventions.dedupe_key is 'The same cause gives the same key, so a repeated run plans nothing twice.';

alter table public.success_milestones enable row level security;
alter table public.support_interactions enable row level security;
alter table public.interventions enable row level security;

revoke all on public.success_milestones, public.support_interactions, public.interventions
  from anon, authenticated, service_role;
grant select on public.success_milestones, public.support_interactions, public.interventions
  to authenticated, service_role;
grant insert, update on public.success_milestones, public.support_interactions, public.interventions
  to service_role;
grant insert on public.support_interactions to authenticated;
-- Not whose, by whom and since when it is.
grant update (type, notes, outcome, scheduled_for, completed_at) on public.support_interactions to authenticated;

create policy "staff read milestones" on public.success_milestones
  for select to authenticated using ((select private.is_staff()));
create policy "staff read interactions" on public.support_interactions
  for select to authenticated using ((select private.is_staff()));
create policy "admins log interactions" on public.support_interactions
  for insert to authenticated with check ((select private.is_admin()) and created_by = (select auth.uid()));
create policy "admins complete interactions" on public.support_interactions
  for update to authenticated using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "staff read interventions" on public.interventions
  for select to authenticated using ((select private.is_staff()));
