-- Taking back what has not left, and trying again what failed.

create function private.take_back(p_supplier uuid, p_id uuid) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_was public.interventions;
begin
  select * into v_was from public.interventions where supplier_id = p_supplier and id = p_id;
  if v_was.message_id is not null then
    -- The mail's row first, as its sender takes them; one that is being sent is not taken back.
    update public.outbox
    set status = 'cancelled', last_error = 'by_person', claimed_by = null, claimed_until = '-infinity'
    where id = v_was.message_id and status = 'queued';
  elsif v_was.type = 'call' then
    update public.interventions set status = 'cancelled', reason = 'by_person'
    where supplier_id = p_supplier and id = p_id and status = 'planned';
    if found then
      update public.support_interactions set cancelled_at = now()
      where supplier_id = p_supplier and intervention_id = p_id and completed_at is null;
      perform 1;  -- found, whether the queue still held it or not
    end if;
  else
    update public.interventions set status = 'cancelled', reason = 'by_person'
    where supplier_id = p_supplier and id = p_id and status = 'planned' and message_id is null;
  end if;
  if not found then
    return false;
  end if;
  perform private.note_change('interventions', p_supplier || '/' || p_id,
    jsonb_build_object('status', v_was.status), '{"status": "cancelled", "reason": "by_person"}');
  return true;
end $$;
comment on function private.take_back is 'Cancel an intervention that is not sent or made yet; false where it is too late.';

create function public.cancel_intervention(p_supplier uuid, p_intervention uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return private.take_back(p_supplier, p_intervention) or exists (
    select from public.interventions
    where supplier_id = p_supplier and id = p_intervention and status = 'cancelled' and reason = 'by_person');
end $$;
comment on function public.cancel_intervention is
  'An admin takes an intervention back; true also where that was done before, false where it is too late.';

create function public.retry_intervention(p_supplier uuid, p_intervention uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_was public.interventions;
  v_is_queued boolean;
begin
  perform private.require_admin();
  select * into v_was from public.interventions where supplier_id = p_supplier and id = p_intervention;
  if v_was.message_id is not null then
    v_is_queued := private.queue_again(array[v_was.message_id], now()) = 1;
  else
    update public.interventions set status = 'planned', last_error = null, scheduled_for = now()
    where supplier_id = p_supplier and id = p_intervention and status = 'failed' and message_id is null;
    v_is_queued := found;
  end if;
  if not v_is_queued then
    return false;
  end if;
  perform private.note_change('interventions', p_supplier || '/' || p_intervention,
    '{"status": "failed"}', '{"status": "planned"}');
  return true;
end $$;
comment on function public.retry_intervention is 'An admin has a failed message tried again, now; false where it has not failed.';

-- ============ rights ============

revoke execute on function private.take_back, public.cancel_intervention, public.retry_intervention
  from public, anon, authenticated;
grant execute on function public.cancel_intervention, public.retry_intervention to authenticated;
