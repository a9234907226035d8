-- What admins steer: versions of the scorecard, the playbooks, the outreach rules and the templates,
-- what a change would do, and publishing it. Who publishes says on which version it is based.

-- ============ functions: the scorecard ============

create function public.preview_basis() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select jsonb_build_object(
      'as_of', coalesce(
        (select max(as_of) from public.runs where status = 'done' and kind in ('daily', 'changed', 'rescoring')), max(h.as_of)),
      'suppliers', count(*),
      'scored_before', count(*) filter (
        where h.scorecard_version <> (select max(version) from public.scorecards)))
    from public.current_health h
    join private.source_suppliers s on s.id = h.supplier_id
    where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now()));
end $$;
comment on function public.preview_basis is
  'What a preview speaks of: the instant of the last run, how many active suppliers have a score, and how many '
  'of these were made with a scorecard that is no longer the newest.';

create function public.preview_measures(p_as_of timestamptz, p_card jsonb, p_after uuid, p_limit integer) returns json
language plpgsql stable security definer set search_path = '' set statement_timeout = '60s'
set plan_cache_mode = force_custom_plan as $$
declare
  v_suppliers uuid[];
begin
  perform private.require_admin();
  v_suppliers := array(
    select h.supplier_id
    from public.current_health h
    join private.source_suppliers s on s.id = h.supplier_id
    where h.supplier_id > p_after
      and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now())
    order by h.supplier_id limit p_limit);
  return json_build_object(
    'stored', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(h.supplier_id order by h.supplier_id), '[]'),
        'business_name', json_agg(s.business_name order by h.supplier_id),
        -- A product's own table may hold NaN or infinity, which JSON has no number for.
        'monthly_revenue', json_agg(
          case when s.monthly_revenue > '-Infinity' and s.monthly_revenue < 'Infinity' then
            s.monthly_revenue::double precision else 0 end order by h.supplier_id),
        'health_score', json_agg(h.health_score order by h.supplier_id),
        'risk_level', json_agg(h.risk_level order by h.supplier_id),
        'days_since_login', json_agg(
          extract(epoch from greatest(h.as_of, p_as_of) - h.last_login)::double precision / 86400 order by h.supplier_id),
        'features_used', json_agg(h.features_used order by h.supplier_id),
        'features_core', json_agg(h.features_core order by h.supplier_id),
        'clients_active', json_agg(h.clients_active order by h.supplier_id),
        'clients_known', json_agg(h.clients_known order by h.supplier_id),
        'forms_sent', json_agg(h.forms_sent order by h.supplier_id),
        'forms_completed', json_agg(h.forms_completed order by h.supplier_id),
        'steps_due', json_agg(h.steps_due order by h.supplier_id),
        'steps_completed', json_agg(h.steps_completed order by h.supplier_id))
      from public.current_health h
      join private.source_suppliers s on s.id = h.supplier_id
      where h.supplier_id = any (v_suppliers)),
    'measures', case when p_card is not null then private.measures_by(p_as_of, p_card, v_suppliers) end);
end $$;
comment on function public.preview_measures is
  'The stored measures and scores of the next active suppliers after p_after, as columns; with p_card (the measures of '
  'a scorecard with other windows) also what its windows hold. Nothing is written.';

create function public.scorecard_versions(p_before integer, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'version', v.version, 'definition', v.definition, 'note', v.note, 'published_at', v.published_at,
    'published_by', private.author(v.published_by), 'runs', r.number, 'first_used_on', r.first_on, 'last_used_on', r.last_on)
    order by v.version desc), '[]')
  from (select * from public.scorecards where version < p_before order by version desc limit p_limit) v
  cross join lateral (
    select count(*) as number, min(least(from_date, score_date)) as first_on, max(score_date) as last_on
    from public.runs where scorecard_version = v.version and status = 'done') r;
$$;
comment on function public.scorecard_versions is
  'Versions of the scorecard before p_before, the newest first: who published it, and which days were scored with it.';

create function public.publish_scorecard(p_definition jsonb, p_note text, p_based_on integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_newest integer;
begin
  perform private.require_admin();
  -- One after the other, so that the second sees what the first one published.
  lock table public.scorecards in share row exclusive mode;
  select max(version) into v_newest from public.scorecards;
  if v_newest is distinct from p_based_on then
    return jsonb_build_object('is_published', false, 'version', v_newest);
  end if;
  insert into public.scorecards (version, definition, note, published_at, published_by)
  values (v_newest + 1, p_definition, nullif(btrim(p_note), ''), clock_timestamp(), auth.uid());
  return jsonb_build_object('is_published', true, 'version', v_newest + 1);
end $$;
comment on function public.publish_scorecard is
  'Put a scorecard in force as the next version; nothing where p_based_on is no longer the newest. Says which is the newest.';

-- ============ functions: playbooks ============

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

-- ============ functions: outreach rules ============

create function public.outreach_versions(p_before integer, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'version', v.version, 'definition', v.definition, 'note', v.note, 'published_at', v.published_at,
    'published_by', private.author(v.published_by)) order by v.version desc), '[]')
  from (select * from public.outreach_rules where version < p_before order by version desc limit p_limit) v;
$$;
comment on function public.outreach_versions is 'Versions of the outreach rules before p_before, the newest first.';

create function public.publish_outreach_rules(p_definition jsonb, p_note text, p_based_on integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_newest integer;
begin
  perform private.require_admin();
  -- One after the other, so that the second sees what the first one published.
  lock table public.outreach_rules in share row exclusive mode;
  v_newest := coalesce((select max(version) from public.outreach_rules), 0);
  if v_newest is distinct from p_based_on then
    return jsonb_build_object('is_published', false, 'version', v_newest);
  end if;
  insert into public.outreach_rules (version, definition, note, published_at, published_by)
  values (v_newest + 1, p_definition, nullif(btrim(p_note), ''), clock_timestamp(), auth.uid());
  return jsonb_build_object('is_published', true, 'version', v_newest + 1);
end $$;
comment on function public.publish_outreach_rules is
  'Put outreach rules in force as the next version; nothing where p_based_on is no longer the newest.';

create function public.waiting_messages(p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select coalesce(jsonb_agg(to_jsonb(g)), '[]')
    from (
      select coalesce(s.timezone, 'UTC') as timezone,
             date_trunc('minute', greatest(i.scheduled_for, p_now)) as due_at,
             private.keeps_quiet_hours(i.request) as keeps_quiet_hours, count(*) as number
      from public.interventions i join private.source_suppliers s on s.id = i.supplier_id
      where i.status = 'planned' and i.type <> 'call'
      group by 1, 2, 3 order by 4 desc, 1, 2 limit 2000) g);
end $$;
comment on function public.waiting_messages is
  'For admins: messages that are planned and have not left, counted by time zone and the minute they are due.';

create function public.count_capped(p_now timestamptz, p_cap jsonb) returns integer
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  if (p_cap ->> 'emails')::integer = 0 then
    return (select count(*) from private.source_suppliers s
            where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now));
  end if;
  return (
    select count(*) from (
      select i.supplier_id from public.interventions i
      join private.source_suppliers s on s.id = i.supplier_id
      where i.created_at > p_now - interval '400 days'
        and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now)
        and private.takes_mail_slot(
          i.type, case when i.may_have_arrived then 'sent' else i.status end,
          coalesce(i.sent_at, greatest(i.scheduled_for, p_now)), p_now, (p_cap ->> 'days')::integer)
      group by i.supplier_id having count(*) >= (p_cap ->> 'emails')::integer) capped);
end $$;
comment on function public.count_capped is 'For admins: how many active suppliers a frequency cap would hold e-mail back from now.';

-- ============ functions: templates ============

-- What a template may hold is checked in Python, before publishing and again before each use.
create function public.templates_in_force() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', v.name, 'version', v.version,
    'definition', jsonb_build_object('name', v.name, 'audience', v.audience, 'subject', v.subject,
                                     'body_text', v.body_text, 'body_html', v.body_html),
    'note', v.note, 'published_at', v.published_at, 'published_by', private.author(v.published_by)) order by v.name), '[]')
  from (select distinct on (name) * from public.message_templates order by name, version desc) v;
$$;
comment on function public.templates_in_force is 'The newest version of each template.';

create function public.template_versions(p_name text, p_before integer, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'version', v.version,
    'definition', jsonb_build_object('name', v.name, 'audience', v.audience, 'subject', v.subject,
                                     'body_text', v.body_text, 'body_html', v.body_html),
    'note', v.note, 'published_at', v.published_at, 'published_by', private.author(v.published_by)) order by v.version desc), '[]')
  from (select * from public.message_templates where name = p_name and version < p_before
        order by version desc limit p_limit) v;
$$;
comment on function public.template_versions is 'Versions of a template before p_before, the newest first.';

create function public.publish_template(p_definition jsonb, p_note text, p_based_on integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_name constant text := p_definition ->> 'name';
  v_newest integer;
  v_audience text;
begin
  perform private.require_admin();
  -- One after the other, so that the second sees what the first one published.
  lock table public.message_templates in share row exclusive mode;
  select version, audience into v_newest, v_audience from public.message_templates
  where name = v_name order by version desc limit 1;
  if coalesce(v_newest, 0) is distinct from p_based_on then
    return jsonb_build_object('is_published', false, 'version', coalesce(v_newest, 0));
  end if;
  if v_audience is distinct from p_definition ->> 'audience' and v_audience is not null then
    raise sqlstate '22023' using message = 'For whom a template is does not change; make a new one.';
  end if;
  if length(p_note) > 2000 then
    raise sqlstate '22023' using message = 'A note has at most 2,000 characters.';
  end if;
  insert into public.message_templates (name, version, audience, subject, body_text, body_html, note, published_at, published_by)
  values (v_name, p_based_on + 1, p_definition ->> 'audience', p_definition ->> 'subject', p_definition ->> 'body_text',
          p_definition ->> 'body_html', nullif(btrim(p_note), ''), clock_timestamp(), auth.uid());
  return jsonb_build_object('is_published', true, 'version', p_based_on + 1);
end $$;
comment on function public.publish_template is
  'Put a template in force as the next version; nothing where p_based_on (0: a new template) is no longer the newest.';

create function public.queue_test_mail(p_mail jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_email text;
  v_id uuid;
begin
  perform private.require_admin();
  -- Whoever asks, at the address of the own sign-in: nothing that is sent in says where to.
  select a.email::text into v_email from auth.users a where a.id = auth.uid();
  perform pg_advisory_xact_lock(hashtextextended('test mail ' || auth.uid(), 0));
  if (select count(*) from public.outbox
      where dedupe_key like 'test/' || auth.uid() || '/%' and created_at > now() - interval '1 hour') >= 20 then
    return jsonb_build_object('id', null, 'to_address', v_email);
  end if;
  insert into public.outbox (dedupe_key, to_address, subject, body_text, body_html, scheduled_for, next_attempt_at)
  -- Due for whoever sends it at once, whose clock may be a little behind.
  values ('test/' || auth.uid() || '/' || gen_random_uuid(), v_email, p_mail ->> 'subject', p_mail ->> 'body_text',
          p_mail ->> 'body_html', now() - interval '1 minute', now() - interval '1 minute')
  returning id into v_id;
  return jsonb_build_object('id', v_id, 'to_address', v_email);
end $$;
comment on function public.queue_test_mail is
  'A mail to the admin who asks, and to nobody else; at most 20 an hour: then id is null. It is about no supplier, so nothing '
  'in it can unsubscribe one.';
