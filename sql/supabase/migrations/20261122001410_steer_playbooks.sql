-- Steering the outreach: versions of the playbooks, what they did, and publishing them.

create function public.playbooks_in_force() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', v.name, 'version', v.version, 'definition', v.definition, 'note', v.note,
    'published_at', v.published_at, 'published_by', private.author(v.published_by)) order by v.name), '[]')
  from (select distinct on (name) * from public.playbooks order by name, version desc) v;
$$;
comment on function public.playbooks_in_force is 'The newest version of each playbook, as it is stored.';

create function public.playbook_versions(p_name text, p_before integer, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'version', v.version, 'definition', v.definition, 'note', v.note, 'published_at', v.published_at,
    'published_by', private.author(v.published_by)) order by v.version desc), '[]')
  from (select * from public.playbooks where name = p_name and version < p_before
        order by version desc limit p_limit) v;
$$;
comment on function public.playbook_versions is 'Versions of a playbook before p_before, the newest first.';

create function public.playbook_figures(p_since timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(f)), '[]')
  from (
    select i.playbook, i.type, i.status, i.reason, c.outcome, count(*) as number
    from public.interventions i
    left join lateral (
      select s.outcome from public.support_interactions s
      where i.type = 'call' and s.supplier_id = i.supplier_id and s.intervention_id = i.id
        and s.completed_at is not null
      limit 1) c on true
    where i.created_at >= p_since and i.playbook is not null
    group by i.playbook, i.type, i.status, i.reason, c.outcome) f;
$$;
comment on function public.playbook_figures is
  'How many contacts playbooks decided on since an instant, by type, state, reason, and outcome of calls made.';

create function public.publish_playbook(p_name text, p_definition jsonb, p_note text, p_based_on integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_newest integer;
begin
  perform private.require_admin();
  -- One after the other, so that the second sees what the first one published.
  lock table public.playbooks in share row exclusive mode;
  v_newest := coalesce((select max(version) from public.playbooks where name = p_name), 0);
  if v_newest is distinct from p_based_on then
    return jsonb_build_object('is_published', false, 'version', v_newest);
  end if;
  insert into public.playbooks (name, version, definition, note, published_at, published_by)
  values (p_name, v_newest + 1, p_definition, nullif(btrim(p_note), ''), clock_timestamp(), auth.uid());
  return jsonb_build_object('is_published', true, 'version', v_newest + 1);
end $$;
comment on function public.publish_playbook is
  'Put a playbook in force as the next version; nothing where p_based_on (0: a new playbook) is no longer the newest.';

revoke execute on function public.playbooks_in_force, public.playbook_versions, public.playbook_figures,
  public.publish_playbook from public, anon, authenticated;
grant execute on function public.playbooks_in_force, public.playbook_versions, public.playbook_figures
  to authenticated, service_role;
grant execute on function public.publish_playbook to authenticated;
