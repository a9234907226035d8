-- Templates as admins steer them: versions, publishing, and test mails. What a template may hold is
-- checked in Python (cs_core/messages.py), before publishing and again before each use.

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
create index outbox_test_idx on public.outbox (dedupe_key text_pattern_ops) where dedupe_key like 'test/%';

revoke execute on function public.templates_in_force, public.template_versions, public.publish_template,
  public.queue_test_mail from public, anon, authenticated;
grant execute on function public.templates_in_force, public.template_versions to authenticated, service_role;
grant execute on function public.publish_template, public.queue_test_mail to authenticated;
