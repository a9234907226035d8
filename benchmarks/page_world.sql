-- A world for the screens, always the same: people, suppliers, 90 scored days, what was done
-- about them. In statements, divided by a line of dashes; :suppliers and :today are put in.

-- 6 people look after two thirds of the suppliers.
insert into auth.users (id, email)
select md5('person ' || k)::uuid, 'person' || k || '@example.com' from generate_series(1, 6) k;
insert into public.user_profiles (id, role, full_name)
select md5('person ' || k)::uuid, 'admin', 'Person ' || k from generate_series(1, 6) k;
------
create schema bench;
create function bench.dice(key bigint, seed bigint) returns integer
language sql immutable return (hashint8extended(key, seed) & 65535)::integer;
------
insert into public.suppliers
  (id, business_name, contact_name, email, phone, category, tier, status, timezone, signed_up_at,
   onboarded_at, trial_ends_at, paused_at, churned_at, monthly_revenue, owner_id)
select md5('supplier ' || k)::uuid,
       (array['Rowan', 'Fox', 'Élan', 'Café Noir', 'Glasshouse', 'Silver', 'Willow', 'Juniper', 'Harbour', 'Zoë'])
         [1 + mod(bench.dice(k, 1), 10)] || ' & ' ||
       (array['Bloom', 'Lens', 'Petal', 'Feast', 'Barn', 'Strings', 'Lace', 'Crumb', 'Ember', 'Oak', 'Ivy', 'Stone'])
         [1 + mod(bench.dice(k, 2), 12)] || ' ' || k,
       'Contact ' || k, 'hello' || k || '@supplier' || mod(k, 977) || '.example.com', '+44 20 ' || k,
       (array['photographer', 'venue', 'florist', 'caterer', 'band'])[1 + mod(bench.dice(k, 3), 5)],
       (array['standard', 'professional', 'premium'])[1 + mod(bench.dice(k, 4), 3)],
       case when mod(k, 10) = 0 then 'trial' when mod(k, 97) = 0 then 'churned'
            when mod(k, 89) = 0 then 'paused' else 'active' end,
       (array['Europe/London', 'Europe/Berlin', 'America/New_York', 'UTC'])[1 + mod(k, 4)],
       :today::date - make_interval(days => 91 + mod(k, 900)), :today::date - make_interval(days => 90 + mod(k, 800)),
       case when mod(k, 10) = 0 then :today::date + make_interval(days => mod(k, 20)) end,
       case when mod(k, 89) = 0 then :today::date - make_interval(days => 10) end,
       case when mod(k, 97) = 0 then :today::date - make_interval(days => 10) end,
       mod(bench.dice(k, 5), 300)::numeric / 2,
       case when mod(k, 3) > 0 then md5('person ' || 1 + mod(bench.dice(k, 6), 6))::uuid end
from generate_series(1, :suppliers) k
------
select private.ensure_history_partitions(:today::date - 100, :today::date)
------
alter table public.customer_health drop constraint customer_health_pkey
------
-- A score has a base of its supplier's own, drifts over the 90 days, and trembles from day to day.
insert into public.customer_health
  (supplier_id, score_date, as_of, health_score, risk_level, last_login, feature_adoption_score,
   client_engagement_score, journey_performance_score, login_recency_points, feature_adoption_points,
   client_activity_points, form_completion_points, journey_performance_points, features_used, features_core,
   clients_active, clients_known, forms_sent, forms_completed, steps_due, steps_completed, tier,
   scorecard_version, recommendations, calculated_at, created_at)
select md5('supplier ' || k)::uuid, at::date, at + interval '6 hours', score,
       case when score < 40 then 'critical' when score < 70 then 'at_risk' else 'healthy' end,
       at - make_interval(hours => mod(bench.dice(k, 7), 24 * (2 + (100 - score) / 4))),
       score, score, score, score * 0.3, score * 0.25, score * 0.25, null, score * 0.2,
       score * 6 / 100, 6, score * 12 / 100, 12, 0, 0, 10, score / 10, 'standard', 1,
       case when score < 70 then array['No login for 12 days: send a re-engagement e-mail with tips'] else '{}' end,
       at + interval '6 hours', at + interval '6 hours'
from (
  select k, :today::date - 89 + day as at,
         least(100, greatest(0, 30 + bench.dice(k, 8) / 900
           + (mod(bench.dice(k, 9), 41) - 24) * (day - 60) / 60 + mod(bench.dice(k, day + 100), 7) - 3)) as score
  from generate_series(0, 89) day, generate_series(1, :suppliers) k
  where mod(k, 97) <> 0 or day < 80) scored
------
alter table public.customer_health add primary key (supplier_id, score_date)
------
insert into public.current_health
  (supplier_id, score_date, as_of, health_score, risk_level, previous_date, previous_score, previous_level, last_login,
   feature_adoption_score, client_engagement_score, journey_performance_score, login_recency_points,
   feature_adoption_points, client_activity_points, form_completion_points, journey_performance_points,
   features_used, features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,
   steps_completed, tier, scorecard_version, recommendations, recommendation_keys, changes_at, calculated_at)
select h.supplier_id, h.score_date, h.as_of, h.health_score, h.risk_level, p.score_date, p.health_score, p.risk_level,
       h.last_login, h.feature_adoption_score, h.client_engagement_score, h.journey_performance_score,
       h.login_recency_points, h.feature_adoption_points, h.client_activity_points, h.form_completion_points,
       h.journey_performance_points, h.features_used, h.features_core, h.clients_active, h.clients_known,
       h.forms_sent, h.forms_completed, h.steps_due, h.steps_completed, h.tier, h.scorecard_version,
       h.recommendations, case when cardinality(h.recommendations) > 0 then array['silent'] else '{}' end,
       h.as_of + interval '1 day', h.calculated_at
from public.customer_health h
left join public.customer_health p on p.supplier_id = h.supplier_id and p.score_date = h.score_date - 1
where h.score_date = :today
------
insert into public.transitions (supplier_id, score_date, from_level, to_level, from_score, to_score)
select n.supplier_id, n.score_date, p.risk_level, n.risk_level, p.health_score, n.health_score
from public.customer_health n
join public.customer_health p on p.supplier_id = n.supplier_id and p.score_date = n.score_date - 1
where n.score_date > :today::date - 7 and n.risk_level <> p.risk_level
------
-- An e-mail or two each; of one in four a call, of one in ten something that was held back.
insert into public.interventions
  (id, supplier_id, type, call_type, playbook, playbook_version, template, status, reason, scheduled_for, sent_at,
   dedupe_key, created_at, cause)
select md5('intervention ' || k || ' ' || j)::uuid, md5('supplier ' || k)::uuid, case j when 3 then 'call' else 'email' end,
       case j when 3 then 'check_in' end, 'silent_after_set_up', 1, case when j <> 3 then 're_engagement' end,
       status, case status when 'suppressed' then 'frequency_cap' end,
       case when status = 'planned' and j = 3 then at + interval '10 hours' + make_interval(days => mod(k, 11) - 3)
            when status = 'planned' then at + interval '34 hours' else at + interval '10 hours' end,
       case status when 'sent' then at + interval '10 hours' end, 'bench ' || j, at + make_interval(secs => mod(k, 80000)),
       '{"reasons": [{"playbook": "silent_after_set_up", "version": 1, "score": 35, "level": "critical",
                      "drivers": [{"fact": "no login for 9 days", "points_lost": 30}]}]}'
from (
  select k, j,
         case when j = 3 and mod(k, 100) = 0 then 'planned' when j = 3 then 'done'
              when j = 4 then 'suppressed' when j = 1 and mod(k, 120) = 7 then 'planned'
              when j = 1 and mod(k, 400) = 9 then 'failed' else 'sent' end as status,
         :today::date - make_interval(days => case
           when j = 3 and mod(k, 100) = 0 or j = 1 and mod(k, 120) = 7 then 0
           else 1 + mod(bench.dice(k, 20 + j), 89) end) as at
  from generate_series(1, :suppliers) k, generate_series(1, 4) j
  where j = 1 or j = 2 and mod(k, 2) = 0 or j = 3 and mod(k, 4) = 0 or j = 4 and mod(k, 10) = 3) planned
------
insert into public.support_interactions
  (id, supplier_id, type, scheduled_for, completed_at, outcome, completed_by, intervention_id, created_at)
select md5('call ' || id)::uuid, supplier_id, call_type, scheduled_for,
       case status when 'done' then scheduled_for + interval '1 hour' end,
       case status when 'done' then 'reached' end,
       case status when 'done' then md5('person ' || 1 + mod(hashint4(extract(epoch from created_at)::integer) & 65535, 6))::uuid end,
       id, created_at
from public.interventions where type = 'call'
------
insert into public.success_milestones (supplier_id, milestone_type, achieved_at, celebrated)
select md5('supplier ' || k)::uuid, type, :today::date - make_interval(days => mod(bench.dice(k, length(type)), 900), hours => mod(k, 24)),
       mod(k, 2) = 0
from generate_series(1, :suppliers) k,
     unnest(array['first_login', 'onboarding_finished', 'first_client', 'ten_clients', 'one_year']) type
------
-- 20 events each, and 2,000 of the one whose page is looked at.
insert into public.activity_events (id, supplier_id, event_type, subject, occurred_at, received_at)
select md5('event ' || n)::uuid, md5('supplier ' || k)::uuid,
       (array['login', 'feature_used', 'feature_used', 'form_sent', 'form_completed'])[1 + mod(n, 5)],
       case when mod(n, 5) > 0 then 'subject-' || mod(n, 7) end, at, at
from (
  select n, case when n <= 2000 then :busy else mod(n, :suppliers) + 1 end as k,
         :today::date - make_interval(secs => 86400 * 89 * (bench.dice(n, 30) / 65536.0::double precision)) as at
  from generate_series(1, 2000 + 20 * :suppliers) n) e
------
insert into public.runs (kind, as_of, score_date, fence, status, started_at, finished_at, suppliers_scored)
select 'daily', :today::date + interval '6 hours', :today, 1, 'done',
       :today::date + interval '6 hours', :today::date + interval '361 minutes', :suppliers
