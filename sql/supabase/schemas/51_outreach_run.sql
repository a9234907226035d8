-- What a run decides about contacts: the facts it decides on, and the one place that writes what was
-- decided.

-- ============ functions: what counts ============

create function private.takes_mail_slot(
  p_type text, p_status text, p_at timestamptz, p_contact_at timestamptz, p_cap_days integer
) returns boolean
language sql immutable
-- A parsed body and no search_path setting, so that the planner can inline it.
return p_type = 'email' and p_status in ('planned', 'sending', 'sent')
  and abs((p_contact_at at time zone 'UTC')::date - (p_at at time zone 'UTC')::date) < p_cap_days;
comment on function private.takes_mail_slot is
  'Whether an e-mail that leaves at p_at counts against the frequency cap at p_contact_at: less than p_cap_days UTC dates lie '
  'between, whichever comes first. One that waits leaves now at the earliest, however long ago it was due.';

-- ============ functions: facts ============

create function private.milestone_facts(p_as_of timestamptz, p_suppliers uuid[]) returns json
language sql stable set search_path = '' as $$
  with core as materialized (
    select t.tier, array_agg(distinct f.feature) as features
    from (select distinct tier from private.source_suppliers where id = any (p_suppliers)) t
    join public.core_features f on f.tier in ('*', t.tier)
    group by t.tier
  ), reached as (
    select s.id,
      case when 'first_login' <> all (r.types) then (
        select min(known_at) from private.subject_activity a
        where a.supplier_id = s.id and a.kind = 'login' and a.known_at < p_as_of) end as first_login,
      case when 'onboarding_finished' <> all (r.types) and s.onboarded_at < p_as_of
             and isfinite(s.onboarded_at) then s.onboarded_at end as onboarded,
      case when 'first_client' <> all (r.types) then (
        select min(known_at) from private.subject_activity a
        where a.supplier_id = s.id and a.kind = 'client' and a.known_at < p_as_of) end as first_client,
      case when 'ten_clients' <> all (r.types) then (
        select known_at from private.subject_activity a
        where a.supplier_id = s.id and a.kind = 'client' and a.known_at < p_as_of
        order by known_at offset 9 limit 1) end as tenth_client,
      case when 'first_form_completed' <> all (r.types) then (
        select min(completed_at) from private.subject_activity a
        where a.supplier_id = s.id and a.kind = 'form' and a.completed_at < p_as_of) end as first_form,
      case when 'first_journey_completed' <> all (r.types) then (
        select min(done_at) from (
          select max(a.completed_at) as done_at from private.subject_activity a
          where a.supplier_id = s.id and a.kind = 'step' and a.known_at < p_as_of
          -- "journey/step"; without a slash all steps are those of one journey.
          group by case when a.subject like '%/%' then split_part(a.subject, '/', 1) end
          having count(*) >= 3 and bool_and(coalesce(a.completed_at < p_as_of, false))) journey
        ) end as journey,
      case when 'all_core_features' <> all (r.types) then (
        select max(a.known_at) from private.subject_activity a
        where a.supplier_id = s.id and a.kind = 'feature' and a.subject = any (k.features)
          and a.known_at < p_as_of
        having count(*) = cardinality(k.features)) end as all_features,
      case when 'thirty_active_days' <> all (r.types) then (
        select min(lower(run) + 29)::timestamp at time zone 'UTC'
        from private.subject_activity a, unnest(a.days) run
        where a.supplier_id = s.id and a.kind = 'login' and upper(run) - lower(run) >= 30
          and (lower(run) + 29)::timestamp at time zone 'UTC' < p_as_of) end as thirtieth_day,
      case when 'one_year' <> all (r.types) and isfinite(s.signed_up_at)
             and s.signed_up_at + interval '1 year' < p_as_of
           then s.signed_up_at + interval '1 year' end as first_year
    from private.source_suppliers s
    left join core k on k.tier = s.tier
    cross join lateral (
      select array(select milestone_type from public.success_milestones where supplier_id = s.id) as types
      offset 0) r  -- read once, not by every milestone
    where s.id = any (p_suppliers)
  )
  select json_build_object(
    'supplier_id', coalesce(json_agg(id), '[]'),
    'first_login_us', coalesce(json_agg(private.to_us(first_login)), '[]'),
    'onboarded_us', coalesce(json_agg(private.to_us(onboarded)), '[]'),
    'first_client_us', coalesce(json_agg(private.to_us(first_client)), '[]'),
    'tenth_client_us', coalesce(json_agg(private.to_us(tenth_client)), '[]'),
    'first_form_us', coalesce(json_agg(private.to_us(first_form)), '[]'),
    'journey_us', coalesce(json_agg(private.to_us(journey)), '[]'),
    'all_features_us', coalesce(json_agg(private.to_us(all_features)), '[]'),
    'thirtieth_day_us', coalesce(json_agg(private.to_us(thirtieth_day)), '[]'),
    'first_year_us', coalesce(json_agg(private.to_us(first_year)), '[]'))
  from reached
  where num_nonnulls(first_login, onboarded, first_client, tenth_client, first_form, journey,
                     all_features, thirtieth_day, first_year) > 0;
$$;
comment on function private.milestone_facts is
  'When suppliers reached what is not recorded as a milestone yet; only those that reached something.';

create function private.outreach_facts(
  p_as_of timestamptz, p_scorecard_version integer, p_contact_at timestamptz, p_suppliers uuid[],
  p_cap_days integer
) returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_date constant date := private.utc_date(p_as_of - interval '1 microsecond');
  -- Longer than the longest cool-down there may be.
  v_since constant timestamptz := p_contact_at - interval '400 days';
  v_alike constant integer[] := private.same_scorecards(p_scorecard_version);
begin
  return (
  with recent as materialized (
    select i.*
    from unnest(p_suppliers) s (id)
    -- Supplier by supplier: the table is many times what a page needs of it.
    cross join lateral (
      select supplier_id, type, playbook, status, may_have_arrived, reason, score_date, sent_at, scheduled_for
      from public.interventions where supplier_id = s.id and created_at > v_since offset 0) i
  )
  select json_build_object(
    'suppliers', (
      select json_build_object(
        'supplier_id', json_agg(s.id order by s.id),
        'status', json_agg(s.status order by s.id),
        'category', json_agg(s.category order by s.id),
        'timezone', json_agg(s.timezone order by s.id),
        -- A product's own table may hold NaN or infinity, which JSON has no number for.
        'monthly_revenue', json_agg(
          case when s.monthly_revenue > '-Infinity' and s.monthly_revenue < 'Infinity' then
            s.monthly_revenue::double precision end order by s.id),
        'trial_days_left', json_agg(
          case when s.status = 'trial' then
            extract(epoch from private.finite(s.trial_ends_at) - p_as_of)::double precision / 86400 end order by s.id),
        'days_since_onboarded', json_agg(
          case when s.onboarded_at < p_as_of and isfinite(s.onboarded_at) then
            extract(epoch from p_as_of - s.onboarded_at)::double precision / 86400 end order by s.id),
        'best_score_7_days', json_agg(h.best order by s.id),
        'is_rescored', json_agg(coalesce(h.version <> all (v_alike), false) order by s.id),
        'opted_out', json_agg(coalesce(s.email_opt_out, false) order by s.id),
        'has_address', json_agg(private.has_address(s.email) order by s.id))
      from private.source_suppliers s
      left join lateral (
        -- A change against a score of another scorecard would be the scorecard's, not the supplier's.
        select max(health_score) filter (where scorecard_version = any (v_alike)) as best,
               (array_agg(scorecard_version order by score_date desc))[1] as version
        from public.customer_health
        where supplier_id = s.id and score_date >= v_date - 7 and score_date < v_date) h on true
      where s.id = any (p_suppliers)),
    'firings', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(supplier_id), '[]'),
        'playbook', coalesce(json_agg(playbook), '[]'),
        'fired_on', coalesce(json_agg(fired_on), '[]'),
        'owes_email', coalesce(json_agg(capped_on >= fired_on and (mailed_on is null or mailed_on < capped_on)), '[]'))
      from (
        select supplier_id, playbook,
               max(score_date) filter (where happened) as fired_on,
               max(score_date) filter (where happened and type = 'email') as mailed_on,
               max(score_date) filter (where reason = 'frequency_cap') as capped_on
        from (select *, reason is distinct from 'cool_down' and reason is distinct from 'frequency_cap' as happened
              from recent where playbook is not null) r
        group by supplier_id, playbook) f),
    'emails', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(supplier_id), '[]'),
        'emails', coalesce(json_agg(emails), '[]'),
        'last_email_on', coalesce(json_agg(last_email_on), '[]'))
      from (
        select supplier_id, count(*) as emails,
               max(private.utc_date(coalesce(sent_at, scheduled_for))) as last_email_on
        from recent
        where private.takes_mail_slot(
          type, case when may_have_arrived then 'sent' else status end, coalesce(sent_at, greatest(scheduled_for, p_contact_at)),
                                      p_contact_at, p_cap_days)
        group by supplier_id) m),
    'open_calls', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(i.supplier_id), '[]'),
        'intervention_id', coalesce(json_agg(i.id), '[]'),
        'playbooks', coalesce(json_agg(p.playbooks), '[]'),
        'score', coalesce(json_agg((i.cause #>> '{reasons,0,score}')::integer), '[]'))
      from public.interventions i
      cross join lateral (
        select '|' || string_agg(coalesce(r.why ->> 'playbook', 'person'), '|') || '|' as playbooks
        from jsonb_array_elements(i.cause -> 'reasons') r (why)) p
      where i.supplier_id = any (p_suppliers) and i.type = 'call' and i.status = 'planned'),
    'milestones', private.milestone_facts(p_as_of, p_suppliers)));
end $$;
comment on function private.outreach_facts is
  'What playbooks decide on besides the score, as columns. best_score_7_days: the highest score of the 7 days '
  'before that the same scorecard gave. owes_email: the cap has held the playbook''s e-mail back since it fired. '
  'firings, emails and open_calls hold only suppliers that have any.';

-- ============ functions: what was decided ============

create function private.save_milestones(p_contact_at timestamptz, p_milestones jsonb) returns integer
language plpgsql set search_path = '' as $$
declare
  v_new integer;
begin
  insert into public.success_milestones
    (supplier_id, milestone_type, achieved_at, uncelebrated_reason, created_at)
  select m.supplier_id::uuid, m.milestone_type, private.from_us(m.achieved_us::bigint), m.reason, p_contact_at
  from rows from (
    jsonb_array_elements_text(p_milestones -> 'supplier_id'),
    jsonb_array_elements_text(p_milestones -> 'milestone_type'),
    jsonb_array_elements_text(p_milestones -> 'achieved_us'),
    jsonb_array_elements_text(p_milestones -> 'uncelebrated_reason')
  ) as m (supplier_id, milestone_type, achieved_us, reason)
  on conflict (supplier_id, milestone_type) do nothing;
  get diagnostics v_new = row_count;
  return v_new;
end $$;
comment on function private.save_milestones is 'Record milestones, once ever per supplier and type; returns how many are new.';

create function private.close_calls(p_at timestamptz, p_ids uuid[], p_reason text) returns void
language sql set search_path = '' set enable_seqscan = off as $$
  -- The queue's entry is locked first, as by who logs that the call was made: no deadlock, and
  -- a call that is just being made stays one.
  with queued as materialized (
    select i.supplier_id, i.id
    from public.interventions i
    join public.support_interactions s on s.supplier_id = i.supplier_id and s.intervention_id = i.id
    where i.id = any (p_ids) and i.type = 'call' and i.status = 'planned' and s.completed_at is null
    order by i.supplier_id, i.id
    for update of s
  ), closed as (
    update public.interventions i set status = 'cancelled', reason = p_reason
    from queued q where i.supplier_id = q.supplier_id and i.id = q.id and i.status = 'planned'
    returning i.supplier_id, i.id, i.cause
  ), unwritten as (
    -- Left by a run that was stopped: what the supplier has recovered from is not written about.
    update public.interventions i set status = 'cancelled', reason = p_reason
    from closed c
    where i.supplier_id = c.supplier_id and i.type <> 'call' and i.status = 'planned' and i.message_id is null
      and c.cause -> 'reasons' @> jsonb_build_array(jsonb_build_object('playbook', i.playbook))
  )
  update public.support_interactions s set cancelled_at = p_at
  from closed c
  where s.supplier_id = c.supplier_id and s.intervention_id = c.id and s.completed_at is null;
$$;
comment on function private.close_calls is
  'Take open calls back, with the entries in the call queue and the messages that were to go with them.';

create function private.open_calls(p_at timestamptz, p_ids uuid[]) returns void
language sql set search_path = '' as $$
  insert into public.support_interactions
    (supplier_id, type, scheduled_for, created_by, created_at, intervention_id)
  select supplier_id, call_type, scheduled_for, requested_by, p_at, id
  from public.interventions where id = any (p_ids) and type = 'call' and status = 'planned';
$$;
comment on function private.open_calls is 'Put planned calls into the call queue.';

create function private.add_reasons(p_ids uuid[]) returns void
language plpgsql set search_path = '' set enable_seqscan = off as $$
declare
  r record;
begin
  -- Row by row, each by its key: of calls planned a moment ago statistics know nothing.
  for r in
    select i.supplier_id, i.cause -> 'reasons' as reasons from public.interventions i
    where i.id = any (p_ids) and i.type = 'call' and i.status = 'suppressed' and i.reason = 'open_call'
    order by i.id
  loop
    update public.interventions set cause = jsonb_set(cause, '{reasons}', (cause -> 'reasons') || r.reasons)
    where supplier_id = r.supplier_id and type = 'call' and status = 'planned';
  end loop;
end $$;
comment on function private.add_reasons is 'Add the reasons of calls that found one open already to that one.';

create function private.save_contacts(
  p_date date, p_contact_at timestamptz, p_contacts jsonb, p_cap jsonb
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan
-- All is looked up by key; of a table filled a moment ago the planner would think it empty.
set enable_seqscan = off as $$
declare
  v_planned integer;
  v_suppressed integer;
  v_ids uuid[];
begin
  with wanted as (
    select r.* from jsonb_to_recordset(p_contacts) as r (
      supplier_id uuid, type text, playbook text, playbook_version integer, milestone_type text,
      call_type text, template text, arm text, status text, reason text, scheduled_us bigint,
      dedupe_key text, cause jsonb)
  ), checked as materialized (
    -- cs_core/outreach/limits.py:suppress says why this is looked at again: a person may have
    -- mailed or planned a call since the facts were read. Whoever asks for one locks current_health first, as saving this page's scores has: nothing slips between.
    select w.*, case
      when w.status = 'planned' and w.type = 'call' and exists (
        select from public.interventions i
        where i.supplier_id = w.supplier_id and i.type = 'call' and i.status = 'planned'
          and i.dedupe_key <> w.dedupe_key) then 'open_call'
      when w.status = 'planned' and w.type = 'email' and (
        select count(*) from public.interventions i
        where i.supplier_id = w.supplier_id and i.dedupe_key <> w.dedupe_key
          and private.takes_mail_slot(
            i.type, case when i.may_have_arrived then 'sent' else i.status end, coalesce(i.sent_at, greatest(i.scheduled_for, p_contact_at)),
            p_contact_at, (p_cap ->> 'days')::integer)
        ) >= (p_cap ->> 'emails')::integer then 'frequency_cap'
      end as late_reason
    from wanted w
  ), inserted as (
    insert into public.interventions
      (supplier_id, type, playbook, playbook_version, milestone_type, call_type, template, arm,
       status, reason, scheduled_for, dedupe_key, cause, score_date, created_at)
    select supplier_id, type, playbook, playbook_version, milestone_type, call_type, template, arm,
           case when late_reason is null then status else 'suppressed' end,
           coalesce(late_reason, reason),
           case when status = 'planned' and late_reason is null then private.from_us(scheduled_us) end,
           dedupe_key, cause, p_date, p_contact_at
    from checked
    on conflict do nothing
    returning id, status
  )
  select count(*) filter (where status = 'planned'), count(*) filter (where status = 'suppressed'),
         coalesce(array_agg(id), '{}')
  into v_planned, v_suppressed, v_ids from inserted;
  perform private.open_calls(p_contact_at, v_ids);
  perform private.add_reasons(v_ids);
  return jsonb_build_object('interventions', v_planned, 'suppressed', v_suppressed);
end $$;
comment on function private.save_contacts is
  'Store what a page''s playbooks and milestones decided, suppressions included. The same again changes nothing.';

create function private.note_alerts(
  p_date date, p_scorecard_version integer, p_contact_at timestamptz, p_suppliers uuid[]
) returns integer
language plpgsql set search_path = '' as $$
declare
  v_new integer;
begin
  delete from public.team_alerts a
  where a.supplier_id = any (p_suppliers) and a.score_date = p_date and a.status = 'pending'
    and not exists (select from public.transitions t
                    where t.supplier_id = a.supplier_id and t.score_date = p_date and t.to_level = 'critical');
  insert into public.team_alerts (supplier_id, score_date, created_at)
  select t.supplier_id, t.score_date, p_contact_at from public.transitions t
  where t.supplier_id = any (p_suppliers) and t.score_date = p_date and t.to_level = 'critical'
    -- Another scorecard moves levels, not suppliers.
    and (
      select h.scorecard_version from public.customer_health h
      where h.supplier_id = t.supplier_id and h.score_date < p_date
      order by h.score_date desc limit 1) = any (private.same_scorecards(p_scorecard_version))
  on conflict (supplier_id, score_date) do nothing;
  get diagnostics v_new = row_count;
  return v_new;
end $$;
comment on function private.note_alerts is
  'Note who turned critical, to be told to the team after the run; withdraw what was corrected before it was told.';

-- ============ functions: suppliers that left ============

create function public.cancel_for_left(p_fence bigint, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
  v_ids uuid[];
begin
  perform private.require_lease(p_fence);
  -- Not what a person asked for: a call to win somebody back is theirs to make.
  v_ids := array(
    select i.id from public.interventions i
    join private.source_suppliers s on s.id = i.supplier_id
    where i.status = 'planned' and i.request is null
      and not private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now));
  perform private.close_calls(p_now, v_ids, 'supplier_left');
  update public.outbox o
  set status = 'cancelled', last_error = 'supplier_left', claimed_by = null, claimed_until = '-infinity'
  from public.interventions i
  where i.id = any (v_ids) and o.id = i.message_id and o.status = 'queued' and o.claimed_until < clock_timestamp();
  update public.interventions set status = 'cancelled', reason = 'supplier_left'
  where id = any (v_ids) and status = 'planned' and message_id is null;
  return cardinality(v_ids);
end $$;
comment on function public.cancel_for_left is
  'Cancel what is planned for suppliers that paused or churned; returns how many.';
