-- Filters that people keep under a name.

create table public.saved_views (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references public.user_profiles (id) on delete cascade,
  name text not null check (length(btrim(name)) >= 1 and length(name) <= 80),
  query text not null check (length(query) <= 2000),
  is_shared boolean not null default false,
  created_at timestamptz not null default now(),
  unique (owner_id, name)
);
alter table public.saved_views enable row level security;
comment on table public.saved_views is 'Filters of the supplier list under a name: one''s own, and those that others share.';
comment on column public.saved_views.query is 'What follows the question mark of the address.';

-- ============ rights ============

revoke all on public.saved_views from anon, authenticated, service_role;
grant select, insert (id, owner_id, name, query, is_shared), update (name, query, is_shared), delete
  on public.saved_views to authenticated;
grant select on public.saved_views to service_role;
create policy "staff read their own views and shared ones" on public.saved_views
  for select to authenticated
  using ((select private.is_staff()) and (is_shared or owner_id = (select auth.uid())));
create policy "staff save views" on public.saved_views
  for insert to authenticated
  with check ((select private.is_staff()) and owner_id = (select auth.uid()));
create policy "staff change their own views" on public.saved_views
  for update to authenticated
  using ((select private.is_staff()) and owner_id = (select auth.uid()))
  with check ((select private.is_staff()) and owner_id = (select auth.uid()));
create policy "staff delete their own views" on public.saved_views
  for delete to authenticated
  using ((select private.is_staff()) and owner_id = (select auth.uid()));
