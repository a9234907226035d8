-- The audit log: who changed what, and which columns of which tables are watched.

-- ============ tables ============

create table public.audit_log (
  id bigint generated always as identity primary key,
  happened_at timestamptz not null default now(),
  actor_id uuid,
  table_name text not null,
  row_key text not null,
  action text not null check (action in ('insert', 'update', 'delete')),
  before jsonb,
  after jsonb
);
comment on table public.audit_log is
  'Who changed what. Written by triggers and by private.note_change, where no trigger sees the change; nobody can change it.';
comment on column public.audit_log.actor_id is 'The signed-in person; null for the job or an operator.';
comment on column public.audit_log.before is 'The watched columns that changed, as they were.';

-- ============ indexes ============

create index audit_log_happened_at_idx on public.audit_log (happened_at desc, id desc);
create index audit_log_table_idx on public.audit_log (table_name, happened_at desc, id desc);
create index audit_log_actor_idx on public.audit_log (actor_id, happened_at desc, id desc);
-- The program writes most of the log; what people did is found past all that.
create index audit_log_people_idx on public.audit_log (happened_at desc, id desc) where actor_id is not null;
create index audit_log_row_idx on public.audit_log (row_key collate "C", happened_at desc, id desc);

-- ============ functions ============

create function private.write_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_old jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) else '{}' end;
  v_new jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) else '{}' end;
  v_row constant jsonb := v_new || v_old;
  v_before jsonb;
  v_after jsonb;
begin
  -- Only the columns named as arguments: free text may hold contact data. Of one whose name
  -- ends in "?" the log says that it changed, and not to what.
  select jsonb_object_agg(w.name, case when w.shown then v_old -> w.name else '"changed"' end)
           filter (where v_old -> w.name is not null and v_old -> w.name <> 'null'),
         jsonb_object_agg(w.name, case when w.shown then v_new -> w.name else '"changed"' end)
           filter (where v_new -> w.name is not null)
  into v_before, v_after
  from (
    select rtrim(a.given, '?') as name, a.given not like '%?' as shown
    from unnest(tg_argv[0:]) a (given)) w
  where v_old -> w.name is distinct from v_new -> w.name;
  if v_before is null and coalesce(jsonb_strip_nulls(v_after), '{}') = '{}' then
    return null;
  end if;
  insert into public.audit_log (actor_id, table_name, row_key, action, before, after)
  values (auth.uid(), tg_table_name,
          concat_ws('/', v_row ->> 'supplier_id', coalesce(v_row ->> 'id', v_row ->> 'version', v_row ->> 'feature')),
          lower(tg_op), v_before, v_after);
  return null;
end $$;
comment on function private.write_audit is
  'Note a change in the audit log. Arguments: columns to watch; with "?", without their content.';

create function private.note_change(p_table text, p_key text, p_before jsonb, p_after jsonb) returns void
language sql security definer set search_path = '' as $$
  insert into public.audit_log (actor_id, table_name, row_key, action, before, after)
  values (auth.uid(), p_table, p_key, 'update', p_before, p_after);
$$;
comment on function private.note_change is 'Note in the audit log what a person changed where no trigger does.';

-- ============ triggers ============

create trigger cs_audit after insert or update or delete on public.user_profiles
  for each row execute function private.write_audit('role');
create trigger cs_audit_owner after update of owner_id on public.suppliers
  for each row execute function private.write_audit('owner_id');
create trigger cs_audit after insert or update or delete on public.core_features
  for each row execute function private.write_audit('feature', 'tier');
create trigger cs_audit after insert or update or delete on public.scorecards
  for each row execute function private.write_audit('definition', 'note', 'published_at', 'published_by');
-- The name is watched because the log's row key holds the version only.
create trigger cs_audit after insert or update or delete on public.playbooks
  for each row execute function private.write_audit('name', 'definition', 'note', 'published_at', 'published_by');
create trigger cs_audit after insert or update or delete on public.outreach_rules
  for each row execute function private.write_audit('definition', 'note', 'published_at', 'published_by');
create trigger cs_audit after insert or update or delete on public.message_templates
  for each row execute function private.write_audit(
    'name', 'version', 'audience', 'note', 'subject?', 'body_text?', 'body_html?', 'published_at', 'published_by');
create trigger cs_audit after insert or update or delete on public.support_interactions
  for each row execute function private.write_audit(
    'type', 'notes?', 'outcome', 'scheduled_for', 'completed_at', 'created_by', 'claimed_by', 'snoozed_reason?');
create trigger cs_audit after insert or update or delete on public.supplier_notes
  for each row execute function private.write_audit('text?', 'created_by');
