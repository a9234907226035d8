-- Who published something.

create function private.author(p_person uuid) returns text
language sql stable security definer set search_path = '' as $$
  select coalesce(nullif(btrim(u.full_name), ''), a.email::text)
  from auth.users a left join private.source_users u on u.id = a.id
  where a.id = p_person and (select private.may_read());
$$;
comment on function private.author is
  'What somebody is called who published something, also one who has no role any more; to staff only.';

revoke execute on function private.author from public, anon, authenticated;
grant execute on function private.author to authenticated, service_role;
