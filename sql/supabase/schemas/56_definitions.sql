-- What admins publish in versions: scorecard, playbooks, outreach rules and message templates. The
-- newest version is in force. What a definition may hold is checked in Python as well, before it is
-- published and again before each use.

-- ============ views ============

create view private.definitions with (security_invoker = true) as
select 'scorecard' as kind, '' as name, version, definition, note, published_at, published_by
from public.scorecards
union all
select 'playbook', name, version, definition, note, published_at, published_by from public.playbooks
union all
select 'rules', '', version, definition, note, published_at, published_by from public.outreach_rules
union all
select 'template', name, version,
       jsonb_build_object('name', name, 'audience', audience, 'subject', subject,
                          'body_text', body_text, 'body_html', body_html),
       note, published_at, published_by
from public.message_templates;
comment on view private.definitions is
  'Every version of all that is published, by kind (scorecard, playbook, rules, template); of the kinds of which there is '
  'one, the name is empty.';

-- ============ functions ============

create function public.definitions_in_force(p_kind text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', v.name, 'version', v.version, 'definition', v.definition, 'note', v.note,
    'published_at', v.published_at, 'published_by', private.author(v.published_by)) order by v.name), '[]')
  from (select distinct on (d.name) d.* from private.definitions d where d.kind = p_kind
        order by d.name, d.version desc) v;
$$;
comment on function public.definitions_in_force is 'The newest version of each definition of a kind, as it is stored.';

create function public.definition_versions(p_kind text, p_name text, p_before integer, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'version', v.version, 'definition', v.definition, 'note', v.note, 'published_at', v.published_at,
    'published_by', private.author(v.published_by), 'runs', r.number, 'first_used_on', r.first_on, 'last_used_on', r.last_on)
    order by v.version desc), '[]')
  from (select d.* from private.definitions d
        where d.kind = p_kind and d.name = p_name and d.version < p_before
        order by d.version desc limit p_limit) v
  cross join lateral (
    select count(*) as number, min(least(from_date, score_date)) as first_on, max(score_date) as last_on
    from public.runs where p_kind = 'scorecard' and scorecard_version = v.version and status = 'done') r;
$$;
comment on function public.definition_versions is
  'Versions of a definition before p_before, the newest first: who published it and, of a scorecard, which days were scored with it.';

create function public.publish_definition(
  p_kind text, p_name text, p_definition jsonb, p_note text, p_based_on integer
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_table constant text := case p_kind when 'scorecard' then 'scorecards' when 'playbook' then 'playbooks'
    when 'rules' then 'outreach_rules' when 'template' then 'message_templates' end;
  v_note constant text := nullif(btrim(p_note), '');
  v_newest integer;
  v_audience text;
begin
  perform private.require_admin();
  if v_table is null then
    raise sqlstate '22023' using message = 'The kind of a definition is scorecard, playbook, rules or template.';
  end if;
  if length(p_note) > 2000 then
    raise sqlstate '22023' using message = 'A note has at most 2,000 characters.';
  end if;
  -- One after the other, so that the second sees what the first one published.
  execute format('lock table public.%I in share row exclusive mode', v_table);
  select d.version, d.definition ->> 'audience' into v_newest, v_audience
  from private.definitions d where d.kind = p_kind and d.name = p_name order by d.version desc limit 1;
  v_newest := coalesce(v_newest, 0);
  if v_newest is distinct from p_based_on then
    return jsonb_build_object('is_published', false, 'version', v_newest);
  end if;
  if p_kind = 'scorecard' then
    insert into public.scorecards (version, definition, note, published_at, published_by)
    values (v_newest + 1, p_definition, v_note, clock_timestamp(), auth.uid());
  elsif p_kind = 'playbook' then
    insert into public.playbooks (name, version, definition, note, published_at, published_by)
    values (p_name, v_newest + 1, p_definition, v_note, clock_timestamp(), auth.uid());
  elsif p_kind = 'rules' then
    insert into public.outreach_rules (version, definition, note, published_at, published_by)
    values (v_newest + 1, p_definition, v_note, clock_timestamp(), auth.uid());
  elsif v_audience <> p_definition ->> 'audience' then
    raise sqlstate '22023' using message = 'For whom a template is does not change; make a new one.';
  else
    insert into public.message_templates (name, version, audience, subject, body_text, body_html, note, published_at, published_by)
    values (p_name, v_newest + 1, p_definition ->> 'audience', p_definition ->> 'subject', p_definition ->> 'body_text',
            p_definition ->> 'body_html', v_note, clock_timestamp(), auth.uid());
  end if;
  return jsonb_build_object('is_published', true, 'version', v_newest + 1);
end $$;
comment on function public.publish_definition is
  'For admins and the program: put a definition in force as the next version; nothing where p_based_on (0: a new one) is no '
  'longer the newest. Says which is the newest.';
