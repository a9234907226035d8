-- What an admin is changing in the settings and has not published: kept, so that a closed tab, a
-- restart or another server process takes nothing away.

create table public.settings_drafts (
  person_id uuid not null references public.user_profiles (id) on delete cascade,
  what text not null check (length(what) between 1 and 100),
  based_on integer not null check (based_on >= 0),
  base jsonb not null check (jsonb_typeof(base) = 'object' and length(base::text) <= 400000),
  edited jsonb not null check (jsonb_typeof(edited) = 'object' and length(edited::text) <= 400000),
  note text not null default '' check (length(note) <= 2000),
  saved_at timestamptz not null default now(),
  primary key (person_id, what)
);
alter table public.settings_drafts enable row level security;
comment on table public.settings_drafts is
  'Unpublished edits of the settings, a row for each definition and person; nothing of them is in force. Each sees the own only.';
comment on column public.settings_drafts.what is 'Of which definition: scorecard, playbook/sharp_drop.';
comment on column public.settings_drafts.based_on is 'The version that was in force when the edits began; 0 for something new.';
comment on column public.settings_drafts.base is 'What that version says.';
comment on column public.settings_drafts.edited is 'What has become of it; it may break a rule.';

-- ============ rights ============

revoke all on public.settings_drafts from anon, authenticated, service_role;
grant select, insert (person_id, what, based_on, base, edited, note, saved_at),
  update (person_id, what, based_on, base, edited, note, saved_at), delete
  on public.settings_drafts to authenticated;
create policy "admins read their own drafts" on public.settings_drafts
  for select to authenticated
  using ((select private.is_admin()) and person_id = (select auth.uid()));
create policy "admins keep drafts" on public.settings_drafts
  for insert to authenticated
  with check ((select private.is_admin()) and person_id = (select auth.uid()));
create policy "admins change their own drafts" on public.settings_drafts
  for update to authenticated
  using ((select private.is_admin()) and person_id = (select auth.uid()))
  with check ((select private.is_admin()) and person_id = (select auth.uid()));
create policy "admins delete their own drafts" on public.settings_drafts
  for delete to authenticated
  using ((select private.is_admin()) and person_id = (select auth.uid()));
