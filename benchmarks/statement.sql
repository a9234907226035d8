-- The yardstick: aggregate the raw events, score them on the default scorecard and write the
-- rows, in one statement. It does less than the job: no recommendations, no transitions.
with subjects as (
  select e.supplier_id,
         case e.event_type
           when 'login' then 'login'
           when 'feature_used' then 'feature'
           when 'client_added' then 'client'
           when 'client_active' then 'client'
           when 'form_sent' then 'form'
           when 'form_completed' then 'form'
           else 'step' end as kind,
         e.subject,
         max(e.occurred_at) filter (
           where e.event_type not in ('client_added', 'form_completed', 'journey_step_completed')) as last_at,
         bool_or(e.event_type in ('form_completed', 'journey_step_completed')) as is_completed
  from public.activity_events e
  where e.occurred_at < %(as_of)s
  group by 1, 2, 3
), counts as (
  select a.supplier_id, s.tier,
         max(a.last_at) filter (where a.kind = 'login') as last_login,
         count(*) filter (where a.kind = 'feature' and a.last_at >= %(since_30)s
           and f.tier is not null) as features_used,
         count(*) filter (where a.kind = 'client' and a.last_at >= %(since_30)s) as clients_active,
         count(*) filter (where a.kind = 'client') as clients_known,
         count(*) filter (where a.kind = 'form' and a.last_at >= %(since_90)s) as forms_sent,
         count(*) filter (where a.kind = 'form' and a.last_at >= %(since_90)s and is_completed) as forms_completed,
         count(*) filter (where a.kind = 'step' and a.last_at >= %(since_90)s) as steps_due,
         count(*) filter (where a.kind = 'step' and a.last_at >= %(since_90)s and is_completed) as steps_completed
  from subjects a
  join public.suppliers s on s.id = a.supplier_id
  left join public.core_features f
    on a.kind = 'feature' and f.feature = a.subject and f.tier in ('*', s.tier)
  group by a.supplier_id, s.tier
), measured as (
  select s.id as supplier_id, s.tier, n.last_login,
         extract(epoch from %(as_of)s - n.last_login)::double precision / 86400 as days,
         coalesce(n.features_used, 0) as features_used, k.features_core,
         coalesce(n.clients_active, 0) as clients_active, coalesce(n.clients_known, 0) as clients_known,
         coalesce(n.forms_sent, 0) as forms_sent, coalesce(n.forms_completed, 0) as forms_completed,
         coalesce(n.steps_due, 0) as steps_due, coalesce(n.steps_completed, 0) as steps_completed
  from public.suppliers s
  left join counts n on n.supplier_id = s.id
  cross join lateral (
    select count(distinct feature) as features_core from public.core_features where tier in ('*', s.tier)) k
  where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, %(as_of)s)
), ratios as (
  select *,
         case when features_core > 0 then least(features_used::double precision / features_core, 1) end as features,
         case when clients_known > 0 then least(clients_active::double precision / clients_known, 1) end as clients,
         case when forms_sent > 0 then least(forms_completed::double precision / forms_sent, 1) end as forms,
         case when steps_due > 0 then least(steps_completed::double precision / steps_due, 1) end as steps,
         100.0::double precision / (80 + case when forms_sent > 0 then 10 else 0 end
           + case when steps_due > 0 then 10 else 0 end) as scale
  from measured
), points as (
  select *,
         case when days < 3 then 30 when days < 7 then 20 when days < 14 then 10 else 0 end * scale as login_points,
         coalesce(features * 25, 0) * scale as feature_points,
         coalesce(clients * 25, 0) * scale as client_points,
         forms * 10 * scale as form_points,
         steps * 10 * scale as step_points
  from ratios
), scored as (
  select *, floor(login_points + feature_points + client_points + coalesce(form_points, 0)
    + coalesce(step_points, 0) + 1e-6)::integer as score
  from points
), history as (
  insert into public.bench_health
    (supplier_id, score_date, as_of, tier, last_login, health_score, risk_level,
     feature_adoption_score, client_engagement_score, form_completion_score,
     journey_performance_score, login_recency_points, feature_adoption_points,
     client_activity_points, form_completion_points, journey_performance_points, features_used,
     features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,
     steps_completed, scorecard_version)
  select supplier_id, %(score_date)s, %(as_of)s, tier, last_login, score,
         case when score < 40 then 'critical' when score < 70 then 'at_risk' else 'healthy' end,
         floor(features * 100 + 1e-6), floor(clients * 100 + 1e-6), floor(forms * 100 + 1e-6),
         floor(steps * 100 + 1e-6), login_points, feature_points, client_points, form_points,
         step_points, features_used, features_core, clients_active, clients_known, forms_sent,
         forms_completed, steps_due, steps_completed, 1
  from scored
  returning *
)
insert into public.bench_current as c
  (supplier_id, score_date, as_of, tier, last_login, health_score, risk_level,
   feature_adoption_score, client_engagement_score, form_completion_score,
   journey_performance_score, login_recency_points, feature_adoption_points,
   client_activity_points, form_completion_points, journey_performance_points, features_used,
   features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,
   steps_completed, scorecard_version, changes_at)
select supplier_id, score_date, as_of, tier, last_login, health_score, risk_level,
       feature_adoption_score, client_engagement_score, form_completion_score,
       journey_performance_score, login_recency_points, feature_adoption_points,
       client_activity_points, form_completion_points, journey_performance_points, features_used,
       features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,
       steps_completed, scorecard_version, 'infinity'
from history
on conflict (supplier_id) do update
  set previous_date = c.score_date, previous_score = c.health_score, previous_level = c.risk_level,
      score_date = excluded.score_date, as_of = excluded.as_of, tier = excluded.tier,
      last_login = excluded.last_login, health_score = excluded.health_score,
      risk_level = excluded.risk_level, feature_adoption_score = excluded.feature_adoption_score,
      client_engagement_score = excluded.client_engagement_score,
      form_completion_score = excluded.form_completion_score,
      journey_performance_score = excluded.journey_performance_score,
      login_recency_points = excluded.login_recency_points,
      feature_adoption_points = excluded.feature_adoption_points,
      client_activity_points = excluded.client_activity_points,
      form_completion_points = excluded.form_completion_points,
      journey_performance_points = excluded.journey_performance_points,
      features_used = excluded.features_used, features_core = excluded.features_core,
      clients_active = excluded.clients_active, clients_known = excluded.clients_known,
      forms_sent = excluded.forms_sent, forms_completed = excluded.forms_completed,
      steps_due = excluded.steps_due, steps_completed = excluded.steps_completed,
      scorecard_version = excluded.scorecard_version, changes_at = excluded.changes_at,
      calculated_at = now()
