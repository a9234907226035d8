-- Who may do what: all row level security, policies, grants and revokes, and nothing else.
--
-- A Supabase project may or may not grant rights on new tables and functions by itself. So first
-- everything is revoked from everybody, and then each right is given by name. The signed-out
-- (anon) get none. Signed-in people (authenticated) get what row level security then narrows to
-- staff; service_role is the program with its secret key.

-- ============ schema ============

revoke all on schema private from public, anon, authenticated;
grant usage on schema private to authenticated, service_role;

-- ============ row level security ============

do $$
declare
  source text;
  role_name text;
begin
  foreach source in array array['suppliers', 'user_profiles'] loop
    if current_setting('cs.made_' || source)::boolean then
      execute format('revoke all on public.%I from anon, authenticated', source);
    elsif not (select relrowsecurity from pg_class where oid = to_regclass('public.' || source)) then
      -- Row level security goes on below. Every role with a right on the product's table, or
      -- on a column of it, keeps exactly what it had.
      for role_name in
        select distinct case grantee when 0 then 'public' else grantee::regrole::text end
        from (select t.relowner, acl.grantee from pg_class t, aclexplode(t.relacl) acl
              where t.oid = to_regclass('public.' || source)
              union all
              select t.relowner, acl.grantee from pg_class t
              join pg_attribute a on a.attrelid = t.oid, aclexplode(a.attacl) acl
              where t.oid = to_regclass('public.' || source)) granted
        where grantee <> relowner
      loop
        execute format('create policy %I on public.%I for all to %s using (true) with check (true)',
                       'product access of ' || role_name, source, role_name);
      end loop;
    end if;
  end loop;
end $$;

alter table public.suppliers enable row level security;
alter table public.user_profiles enable row level security;

-- On all other tables, which are ours alone, nobody has a right but those that follow.
do $$
declare
  t regclass;
begin
  for t in
    select oid::regclass from pg_class where relnamespace = 'private'::regnamespace and relkind = 'r'
    union all
    select ('public.' || name)::regclass from unnest('{
      core_features, activity_events, scorecards, customer_health, current_health, transitions, daily_figures,
      daily_movers, week_changes, runs, message_templates, outbox, in_app_messages, digest_subscriptions,
      playbooks, outreach_rules, interventions, support_interactions, success_milestones, team_alerts,
      supplier_notes, saved_views, settings_drafts, audit_log
    }'::text[]) name
  loop
    execute format('alter table %s enable row level security', t);
    execute format('revoke all on %s from public, anon, authenticated, service_role', t);
  end loop;
end $$;

-- ============ views and sequences: nothing, but what follows ============

revoke all on private.source_suppliers, private.source_users, public.supplier_overview, public.health_history,
  public.intervention_list, public.milestone_list
  from public, anon, authenticated, service_role;
revoke all on sequence public.audit_log_id_seq from public, anon, authenticated, service_role;

-- What staff and the program read alike.
grant select on private.source_suppliers, private.source_users, private.definitions, public.core_features,
  public.activity_events, public.scorecards, public.customer_health, public.current_health,
  public.transitions, public.daily_figures, public.daily_movers, public.week_changes, public.runs,
  public.message_templates, public.in_app_messages, public.playbooks, public.outreach_rules,
  public.interventions, public.support_interactions, public.success_milestones, public.team_alerts,
  public.supplier_notes, private.owner_changes, private.bulks_closed, public.audit_log,
  public.supplier_overview, public.health_history, public.intervention_list, public.milestone_list
  to authenticated, service_role;

-- ============ tables: all that staff read whole ============

do $$
declare
  t regclass;
begin
  foreach t in array '{
    public.suppliers, public.core_features, public.activity_events, public.scorecards,
    public.customer_health, public.current_health, public.transitions, public.daily_figures,
    public.daily_movers, public.week_changes, public.runs, public.message_templates, public.playbooks,
    public.outreach_rules, public.interventions, public.success_milestones, public.team_alerts,
    public.supplier_notes, private.owner_changes, private.bulks_closed, public.support_interactions
  }'::regclass[] loop
    execute format('create policy "staff read" on %s for select to authenticated using ((select private.is_staff()))', t);
  end loop;
end $$;

-- ============ tables: people ============

-- Of the product's tables only the columns that the views name.
grant select (id, business_name, contact_name, email, phone, category, tier, status, timezone,
              monthly_revenue, signed_up_at, onboarded_at, trial_ends_at, paused_at, churned_at,
              email_opt_out, owner_id, user_id, created_at) on public.suppliers to authenticated;
grant select (id, role, full_name, created_at) on public.user_profiles to authenticated;
create policy "people read their own profile, staff read all" on public.user_profiles
  for select to authenticated using (id = (select auth.uid()) or (select private.is_staff()));

-- Whom mails go to and what they say is read by nobody over REST. The lists of interventions tell
-- when a mail to a supplier is tried again, an admin's test mail what became of it.
grant select (id, status, next_attempt_at, last_error) on public.outbox to authenticated;
create policy "staff see how mail to suppliers stands, admins all mail" on public.outbox
  for select to authenticated
  using ((select private.is_admin()) or (recipient_id is not null and (select private.is_staff())));
create policy "staff read messages, suppliers their own" on public.in_app_messages
  for select to authenticated
  using ((select private.is_staff()) or supplier_id in (select private.own_supplier_ids()));
grant update (read_at) on public.in_app_messages to authenticated;
create policy "suppliers mark their own messages read" on public.in_app_messages
  for update to authenticated
  using (supplier_id in (select private.own_supplier_ids()))
  with check (supplier_id in (select private.own_supplier_ids()));

grant select, insert (id, daily, weekly, hour, weekday, timezone),
  update (id, daily, weekly, hour, weekday, timezone)
  on public.digest_subscriptions to authenticated;
create policy "staff read and make their own choice" on public.digest_subscriptions
  for all to authenticated
  using ((select private.is_staff()) and id = (select auth.uid()))
  with check ((select private.is_staff()) and id = (select auth.uid()));

-- Calls that were made: what is to be made is planned by request_intervention, put off and taken
-- back by functions of its own. What somebody noted is theirs to change.
grant insert (id, supplier_id, type, notes, outcome, scheduled_for, completed_at, created_by),
  update (notes, outcome, completed_at)
  on public.support_interactions to authenticated;
create policy "admins log calls that they made" on public.support_interactions
  for insert to authenticated
  with check ((select private.is_admin()) and created_by = (select auth.uid())
              and completed_at < now() + interval '1 hour');
create policy "admins note what came of an open call, or of their own" on public.support_interactions
  for update to authenticated
  using ((select private.is_admin())
         and (completed_at is null and cancelled_at is null or completed_by = (select auth.uid())))
  with check ((select private.is_admin()) and completed_at < now() + interval '1 hour');

create policy "admins read the audit log" on public.audit_log
  for select to authenticated using ((select private.is_admin()));

grant select, insert (id, owner_id, name, query, is_shared), update (name, query, is_shared), delete
  on public.saved_views to authenticated;
create policy "staff read shared views" on public.saved_views
  for select to authenticated using ((select private.is_staff()) and is_shared);
create policy "staff read, save, change and delete their own views" on public.saved_views
  for all to authenticated
  using ((select private.is_staff()) and owner_id = (select auth.uid()))
  with check ((select private.is_staff()) and owner_id = (select auth.uid()));

grant select, insert (person_id, what, based_on, base, edited, note, saved_at),
  update (person_id, what, based_on, base, edited, note, saved_at), delete
  on public.settings_drafts to authenticated;
create policy "admins read, keep, change and delete their own drafts" on public.settings_drafts
  for all to authenticated
  using ((select private.is_admin()) and person_id = (select auth.uid()))
  with check ((select private.is_admin()) and person_id = (select auth.uid()));

-- ============ tables: the program ============

grant select, insert, update, delete on public.suppliers, public.user_profiles to service_role;
grant insert, update, delete on public.core_features to service_role;
-- Not received_xid: the database alone stamps it.
grant insert (id, supplier_id, event_type, subject, occurred_at, received_at)
  on public.activity_events to service_role;

grant select, insert, update on private.subject_activity to service_role;
grant select, update on private.roll_up_state, private.run_lease to service_role;
grant select, insert, update, delete on private.suppliers_to_rescore to service_role;
grant insert, update on public.customer_health, public.current_health, public.daily_figures, public.runs
  to service_role;
grant insert, update, delete on public.transitions, public.week_changes to service_role;
grant insert, delete on public.daily_movers to service_role;

grant select, insert, update on public.outbox to service_role;
grant insert, update on public.in_app_messages to service_role;
grant select on public.digest_subscriptions, private.digest_log, public.saved_views to service_role;
grant insert, update on public.interventions, public.support_interactions, public.success_milestones
  to service_role;
grant insert, update, delete on public.team_alerts to service_role;
grant insert on public.supplier_notes to service_role;
grant select, insert, update, delete on private.attempts, private.api_answers to service_role;
