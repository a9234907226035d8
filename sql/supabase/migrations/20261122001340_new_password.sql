-- What a new password ends.

create function public.end_web_sessions_of(p_user uuid) returns integer
language sql security definer set search_path = '' as $$
  with ended as (delete from private.web_sessions where user_id = p_user returning 1)
  select count(*) from ended;
$$;
comment on function public.end_web_sessions_of is 'Sign a person out in every browser; returns how many there were.';

revoke execute on function public.end_web_sessions_of from public, anon, authenticated;
grant execute on function public.end_web_sessions_of to service_role;
