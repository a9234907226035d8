-- The seam to the product's own tables. THIS FILE IS THE ONE PLACE that maps their columns:
-- everything that reads suppliers or roles reads the views private.source_* below.
-- Later files name the two tables only to refer to their ids, for their indexes and for the
-- triggers cs_*; 90_rls_and_grants.sql says who may read them.
--
-- Where public.suppliers or public.user_profiles already exist, they stay as they are:
-- columns that are missing are added (nullable or with a default), nothing is dropped or
-- renamed, and every role keeps the access it had. Signed-in people gain the right to read
-- the columns named in the views, and row level security gives rows to staff only. Nobody
-- but the table's owner and the secret key may change a role. If the product calls a thing
-- by another name (company_name, plan), change the views, not the product.

-- ============ schema ============

create schema if not exists private;
comment on schema private is 'Helpers and bookkeeping of the customer-success tool. Not exposed by the API.';

-- ============ tables ============

do $$
declare
  source text;
  ours boolean;
begin
  foreach source in array array['suppliers', 'user_profiles'] loop
    ours := to_regclass('public.' || source) is null;
    if ours then
      execute format('create table public.%I (id uuid primary key)', source);
    end if;
    perform set_config('cs.made_' || source, ours::text, true);
  end loop;
end $$;

alter table public.user_profiles
  add column if not exists role text,
  add column if not exists full_name text,
  add column if not exists created_at timestamptz not null default now();

alter table public.suppliers
  add column if not exists business_name text not null default '',
  add column if not exists contact_name text,
  add column if not exists email text,
  add column if not exists phone text,
  add column if not exists category text not null default 'other',
  add column if not exists tier text not null default 'standard',
  add column if not exists status text not null default 'active',
  add column if not exists timezone text not null default 'UTC',
  add column if not exists monthly_revenue numeric(12, 2) not null default 0,
  add column if not exists signed_up_at timestamptz not null default now(),
  add column if not exists onboarded_at timestamptz,
  add column if not exists trial_ends_at timestamptz,
  add column if not exists paused_at timestamptz,
  add column if not exists churned_at timestamptz,
  add column if not exists email_opt_out boolean not null default false,
  add column if not exists owner_id uuid references public.user_profiles (id) on delete set null,
  add column if not exists user_id uuid references auth.users (id) on delete set null,
  add column if not exists created_at timestamptz not null default now();
comment on column public.suppliers.user_id is 'The supplier''s own sign-in, if it has one.';
comment on column public.suppliers.owner_id is 'The customer-success person who looks after this supplier.';

-- What a product writes into its own tables is its own affair.
do $$
begin
  if current_setting('cs.made_user_profiles')::boolean then
    -- A person without a role stays: what they published, planned and noted keeps its author.
    alter table public.user_profiles
      add constraint user_profiles_id_fkey foreign key (id) references auth.users (id) on delete cascade,
      add constraint role_is_known check (role in ('admin', 'analyst'));
  end if;
  if current_setting('cs.made_suppliers')::boolean then
    alter table public.suppliers
      alter column id set default gen_random_uuid(),
      alter column business_name drop default,
      add constraint business_name_is_given check (length(btrim(business_name)) >= 1 and length(business_name) <= 300),
      add constraint timestamps_are_finite check (
        isfinite(signed_up_at) and isfinite(onboarded_at) and isfinite(trial_ends_at)
        and isfinite(paused_at) and isfinite(churned_at)),
      add constraint status_is_known check (status in ('trial', 'active', 'paused', 'churned')),
      add constraint monthly_revenue_is_an_amount check (monthly_revenue >= 0 and monthly_revenue < 'NaN');
  end if;
end $$;

create table public.core_features (
  feature text not null check (length(btrim(feature)) >= 1 and length(feature) <= 200),
  tier text not null check (length(btrim(tier)) >= 1 and length(tier) <= 200),
  primary key (feature, tier)
);
comment on table public.core_features is 'What counts for feature adoption; tier * means every tier.';

create table public.activity_events (
  id uuid primary key,
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  event_type text not null,
  subject text,
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  received_xid bigint not null default (pg_current_xact_id()::text::bigint),
  constraint event_type_is_known check (event_type in (
    'login', 'feature_used', 'client_added', 'client_active',
    'form_sent', 'form_completed', 'journey_step_due', 'journey_step_completed')),
  constraint subject_names_what_it_is_about check (
    event_type = 'login' or (subject is not null and length(btrim(subject)) >= 1 and length(subject) <= 200)),
  -- What is received was received by now; otherwise a wrong clock could pass the next check.
  constraint received_at_is_not_in_the_future check (received_at <= now() + interval '5 minutes'),
  -- A step may be announced before it is due; anything else a day ahead is a wrong clock.
  constraint occurred_at_is_not_in_the_future check (
    occurred_at <= received_at + interval '1 day'
    or (event_type = 'journey_step_due' and occurred_at <= received_at + interval '2 years')),
  constraint occurred_at_is_not_before_2000 check (occurred_at >= '2000-01-01 00:00+00')
);
comment on table public.activity_events is
  'What suppliers did, as the product sends it. Append-only: no update, no delete but with the supplier.';
comment on column public.activity_events.id is 'The sender''s idempotency key.';
comment on column public.activity_events.received_xid is
  'Transaction that stored the event. Tells the roll-up which events are new, in whatever order transactions commit.';

-- ============ indexes ============

create index if not exists suppliers_owner_id_idx on public.suppliers (owner_id);
create index if not exists suppliers_user_id_idx on public.suppliers (user_id);
create index suppliers_revenue_idx on public.suppliers (monthly_revenue, id);
create index activity_events_supplier_idx on public.activity_events (supplier_id, event_type, occurred_at);
create index activity_events_received_xid_idx on public.activity_events (received_xid);
-- Events are appended as they are received: a few pages say which blocks hold the last days.
create index activity_events_received_at_idx on public.activity_events using brin (received_at);

-- ============ seam views ============

create view private.source_suppliers with (security_invoker = true) as
select id, business_name::text, contact_name::text, email::text, phone::text, category::text,
       tier::text, status::text, timezone::text, monthly_revenue, signed_up_at, onboarded_at,
       trial_ends_at, paused_at, churned_at, email_opt_out, owner_id, user_id
from public.suppliers;
comment on view private.source_suppliers is 'Suppliers in the tool''s words. Change this view to fit the product.';

create view private.source_users with (security_invoker = true) as
select id, role::text, full_name::text
from public.user_profiles;
comment on view private.source_users is 'Customer-success people and their roles. Change this view to fit the product.';

-- ============ functions ============

create function private.keep_roles_to_admins() returns trigger
language plpgsql set search_path = '' as $$
begin
  if current_user in ('anon', 'authenticated')
     and new.role is distinct from (case when tg_op = 'UPDATE' then old.role end) then
    raise insufficient_privilege using message = 'Nobody changes a role by themselves.';
  end if;
  return new;
end $$;
comment on function private.keep_roles_to_admins is
  'A product may let people write their own profile; the role in it is not theirs to write.';

create function private.check_time_zones() returns trigger
language plpgsql set search_path = '' as $$
declare
  v_entered text[];
  v_zone text;
begin
  -- Only what is entered: looking in the list takes some milliseconds.
  if tg_op = 'INSERT' then
    v_entered := array(select distinct timezone from changed_rows);
  else
    v_entered := array(select distinct n.timezone from changed_rows n join old_rows o using (id)
                       where n.timezone is distinct from o.timezone);
  end if;
  select zone into v_zone from unnest(v_entered) zone
  where not exists (select from pg_catalog.pg_timezone_names where name = zone) limit 1;
  if found then
    raise sqlstate '22023' using message = format(
      'suppliers.timezone %s is no time zone; use a name such as Europe/London.', v_zone);
  end if;
  return null;
end $$;
comment on function private.check_time_zones is 'Refuse a time zone that calls could not be planned in.';

-- ============ triggers ============

create trigger cs_keep_roles before insert or update on public.user_profiles
  for each row execute function private.keep_roles_to_admins();

do $$
begin
  -- Only where the table is ours: an unknown zone in a product's own table then counts as UTC.
  if current_setting('cs.made_suppliers')::boolean then
    create trigger cs_check_new_zones after insert on public.suppliers
      referencing new table as changed_rows for each statement execute function private.check_time_zones();
    create trigger cs_check_changed_zones after update on public.suppliers
      referencing old table as old_rows new table as changed_rows
      for each statement execute function private.check_time_zones();
  end if;
end $$;
