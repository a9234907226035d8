-- What a message to one supplier may say, whether one is planned or a person only looks.

create function public.message_facts(p_supplier uuid, p_now timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'business_name', s.business_name, 'contact_name', s.contact_name, 'email', s.email,
    'category', s.category, 'tier', s.tier, 'opted_out', coalesce(s.email_opt_out, false),
    'is_active', private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now),
    'sender_name', o.full_name,
    'silent_since', coalesce(h.last_login, private.finite(s.onboarded_at), private.finite(s.signed_up_at)),
    'clients_known', coalesce(h.clients_known, 0),
    'trial_ends_at', case when s.status = 'trial' then private.finite(s.trial_ends_at) end, 'timezone', s.timezone,
    'unused_features', array(
      select distinct f.feature from public.core_features f
      where f.tier in ('*', s.tier) and not exists (
        select from private.subject_activity a
        where a.supplier_id = p_supplier and a.kind = 'feature' and a.subject = f.feature
          and a.last_at >= p_now - interval '30 days')
      order by f.feature))
  from private.source_suppliers s
  left join private.source_users o on o.id = s.owner_id
  left join public.current_health h on h.supplier_id = s.id
  where s.id = p_supplier;
$$;
comment on function public.message_facts is
  'What a template may say to a supplier at an instant; null if there is no such supplier.';

drop function public.messages_to_write(timestamptz, integer);
create function public.messages_to_write(p_now timestamptz, p_limit integer, p_only uuid default null) returns json
language sql stable set search_path = '' as $$
  with due as materialized (
    select i.* from public.interventions i
    where i.status = 'planned' and i.message_id is null and i.type <> 'call' 
      -- That a single one is due its caller knows: the clocks of two machines need not agree.
      and i.scheduled_for <= case when p_only is null then p_now else 'infinity' end
      and (p_only is null or i.id = p_only)
    order by i.scheduled_for, i.id limit p_limit
  )
  select coalesce(json_agg(f.facts || jsonb_build_object(
    'supplier_id', d.supplier_id, 'intervention_id', d.id, 'type', d.type,
    'template', d.template, 'subject', d.subject, 'body', d.body,
    'is_wanted', d.request is not null or (f.facts ->> 'is_active')::boolean
  ) order by d.scheduled_for, d.id), '[]')
  from due d
  cross join lateral (select public.message_facts(d.supplier_id, p_now) as facts offset 0) f
  where f.facts is not null;
$$;
comment on function public.messages_to_write is
  'Planned e-mails and in-app messages that are due, or one of them, with what their templates may say.';

revoke execute on function public.message_facts, public.messages_to_write
  from public, anon, authenticated;
grant execute on function public.message_facts, public.messages_to_write to service_role;
