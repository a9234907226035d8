-- Who looks after suppliers, and the way back from a change for many.

-- ============ functions ============

create function public.assign_owner(p_suppliers uuid[], p_owner uuid, p_bulk uuid default null) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_ids uuid[];
  v_before uuid[];
begin
  perform private.require_admin();
  if cardinality(p_suppliers) > 10000 then
    raise sqlstate '22023' using message = 'At most 10,000 suppliers can be assigned at once.';
  end if;
  if p_owner is not null and not exists (select from private.people() where id = p_owner) then
    raise sqlstate '22023' using message = 'Suppliers are looked after by an admin or analyst; this is neither.';
  end if;
  if p_bulk is not null then
    insert into private.owner_changes (bulk_id, changed_by, owner_id) values (p_bulk, auth.uid(), p_owner)
    on conflict do nothing;
    if not found then  -- the answer to the same request was lost on the way
      return (select cardinality(suppliers) from private.owner_changes where bulk_id = p_bulk);
    end if;
    delete from private.owner_changes where changed_at < now() - interval '7 days';
  end if;
  with before as materialized (
    select id, owner_id from private.source_suppliers
    where id = any (p_suppliers) and owner_id is distinct from p_owner
    order by id for update
  ), changed as (
    update private.source_suppliers s set owner_id = p_owner from before b where s.id = b.id
    returning s.id, b.owner_id
  )
  select coalesce(array_agg(id order by id), '{}'), coalesce(array_agg(owner_id order by id), '{}')
  into v_ids, v_before from changed;
  update private.owner_changes set suppliers = v_ids, owners_before = v_before where bulk_id = p_bulk;
  return cardinality(v_ids);
end $$;
comment on function public.assign_owner is
  'Say who looks after some suppliers; null: nobody. Returns how many changed hands. With p_bulk undo_owners can undo it.';

create function public.undo_owners(p_bulk uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_change private.owner_changes;
begin
  perform private.require_admin();
  select * into v_change from private.owner_changes where bulk_id = p_bulk for update;
  if v_change.given_back is null and v_change.bulk_id is not null then
    with given as materialized (
      select g.id, g.owner from unnest(v_change.suppliers, v_change.owners_before) g (id, owner)
      where g.owner is null or g.owner in (select id from private.people())
    ), back as (
      update private.source_suppliers s set owner_id = g.owner from given g
      where s.id = g.id and s.owner_id is not distinct from v_change.owner_id
      returning s.id
    )
    select count(*) into v_change.given_back from back;
    update private.owner_changes set given_back = v_change.given_back where bulk_id = p_bulk;
  end if;
  return jsonb_build_object(
    'undone', coalesce(v_change.given_back, 0),
    'too_late', coalesce(cardinality(v_change.suppliers) - v_change.given_back, 0));
end $$;
comment on function public.undo_owners is
  'Give suppliers back to who had them before; returns how many, and how many stay: they changed hands again, or who had '
  'them has left. Repeating it changes nothing and answers the same.';

create function public.newest_bulk(p_by uuid) returns jsonb
language sql stable set search_path = '' as $$
  select case
    when c.changed_at > coalesce(i.created_at, '-infinity') then jsonb_build_object(
      'bulk_id', c.bulk_id, 'type', 'owner', 'begun_at', c.changed_at, 'due_at', null,
      'planned', cardinality(c.suppliers), 'waiting', cardinality(c.suppliers), 'sending', 0, 'failed', 0,
      'suppressed', '{}'::jsonb, 'owner_name', (select name from private.people() where id = c.owner_id))
    else public.bulk_state(i.bulk_id) end
  from (select greatest(now() - interval '1 hour', (
          select until from private.bulks_closed where person_id = p_by)) as since) shown
  left join lateral (
    select bulk_id, created_at from public.interventions
    where requested_by = p_by and status = 'planned' and bulk_id is not null and created_at > shown.since
    order by created_at desc limit 1) i on true
  left join lateral (
    select * from private.owner_changes
    where changed_by = p_by and given_back is null and suppliers <> '{}' and changed_at > shown.since
    order by changed_at desc limit 1) c on true;
$$;
comment on function public.newest_bulk is
  'The newest of what a person asked for within the last hour for many suppliers and that can still be undone: messages '
  'or calls of which something is not sent or made yet, or a change of owners. Null for none, or where it was closed.';

create function public.close_bulks(p_until timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.require_admin();
  insert into private.bulks_closed (person_id, until) values (auth.uid(), p_until)
  on conflict (person_id) do update set until = excluded.until;
end $$;
comment on function public.close_bulks is
  'An admin has read what became of all that was begun until then for many suppliers: newest_bulk says no more of it.';
