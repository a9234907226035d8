"""The two worlds to measure on, made inside Postgres, day by day, always the same."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg

DAYS = 90
CORE = [*((f"feature-{n}", "*") for n in range(6))]
CORE += [(f"feature-{n}", tier) for n in (6, 7) for tier in ("professional", "premium")]


@dataclass(frozen=True)
class World:
    """How many suppliers did how much."""

    name: str
    suppliers: int
    events_each: int  # on average, over `DAYS` days
    clients: tuple[int, int]  # fewest and most clients a supplier has
    # A new form, or journey step, comes up every so many days.
    days_per_form: int
    days_per_step: int

    def scaled(self, scale: float) -> "World":
        """Return the same kind of world with fewer or more suppliers."""
        return replace(self, suppliers=max(20, round(self.suppliers * scale)))


WORLDS = {
    "sparse": World("sparse", 100_000, 40, (3, 7), days_per_form=15, days_per_step=10),
    "dense": World("dense", 10_000, 1_000, (15, 40), days_per_form=4, days_per_step=3),
}

SUPPLIERS = """
insert into public.suppliers
  (id, business_name, email, category, tier, status, signed_up_at, onboarded_at)
select md5('supplier ' || n)::uuid, 'Supplier ' || n, 'supplier' || n || '@example.com', 'venue',
       (array['standard', 'professional', 'premium'])[1 + mod(n, 3)],
       case when mod(n, 10) = 0 then 'trial' else 'active' end,
       %(start)s - make_interval(days => mod(n, 400)),
       case when mod(n, 7) > 0 then %(start)s::timestamptz end
from generate_series(1, %(suppliers)s) n
"""

# How lively a supplier is on a day: half are steady, the others thrive, fade or fall silent.
BENCH_SCHEMA = """
create schema bench;
create table bench.people as
select n, md5('supplier ' || n)::uuid as id,
       %(fewest)s + mod(hashint8extended(n, 1) & 65535, %(most)s - %(fewest)s + 1) as clients,
       (hashint8extended(n, 2) & 65535) / 65536.0::double precision as fate,
       30 + mod(hashint8extended(n, 3) & 65535, 58) as last_day
from generate_series(1, %(suppliers)s) n;

create function bench.dice(key bigint, seed integer) returns double precision
language sql immutable
return (hashint8extended(key, seed) & 16777215) / 16777216.0::double precision;

create function bench.liveliness(fate double precision, last_day bigint, day integer)
returns double precision language sql immutable return case
  when fate < 0.5 then 1.0
  when fate < 0.7 then 1.6
  when fate < 0.85 then 1.6 - 1.4 * day / 90
  when day <= last_day then 1.2
  else 0 end;
"""

# key: never the same for two events. A third of the journey steps are announced ahead.
EVENTS = """
insert into public.activity_events (id, supplier_id, event_type, subject, occurred_at, received_at)
select md5(key::text)::uuid, id, event_type,
       case event_type
         when 'login' then null
         when 'feature_used' then 'feature-' || floor(12 * which ^ 1.5)
         when 'client_added' then 'client-' || floor(clients * which)
         when 'client_active' then 'client-' || floor(clients * which ^ 1.3)
         when 'form_sent' then 'form-' || day / %(days_per_form)s
         when 'form_completed' then
           'form-' || greatest(0, day / %(days_per_form)s - floor(2 * which))
         when 'journey_step_due' then 'step-' || due_day / %(days_per_step)s
         else 'step-' || greatest(0, day / %(days_per_step)s - floor(2 * which)) end,
       at + case when event_type = 'journey_step_due' then make_interval(days => due_day - day)
            else '0' end, at
from (
  select *, %(start)s + make_interval(secs => 86399 * bench.dice(key, 5)) as at,
         case when which < 0.33 then day + ceil(40 * which)::integer else day end as due_day,
         case when what < 0.150 then 'login' when what < 0.600 then 'feature_used'
              when what < 0.880 then 'client_active' when what < 0.900 then 'client_added'
              when what < 0.925 then 'form_sent' when what < 0.943 then 'form_completed'
              when what < 0.978 then 'journey_step_due' else 'journey_step_completed' end
           as event_type
  from (
    select p.id, p.clients, p.key, %(day)s::integer as day,
           bench.dice(p.key, 6) as what, bench.dice(p.key, 7) as which
    from (
      select q.id, q.clients, (%(day)s::bigint * 10000000 + q.n) * 1000 + k as key
      from bench.people q,
      generate_series(1, floor(%(mean)s * bench.liveliness(q.fate, q.last_day, %(day)s)
        + bench.dice(%(day)s::bigint * 10000000 + q.n, 4))::integer) k
    ) p
  ) d
) e
order by at
"""

HOUR = """
insert into public.activity_events (id, supplier_id, event_type, subject, occurred_at, received_at)
select md5('hour ' || n || ' ' || k)::uuid, id,
       case k when 1 then 'login' else 'feature_used' end,
       case when k > 1 then 'feature-' || k end, at, at
from (select n, id, k, %(start)s + make_interval(secs => mod(n, 3000) + k) as at
      from bench.people, generate_series(1, 3) k where mod(n, 100) = 1) e
"""


class Loader:
    """Fills a database that has the schema, and nothing else, with a world.

    `connection`: the database owner's, in autocommit. `today`: the newest day, `as_of` 06:00 of
    which the nightly run is measured at.
    """

    def __init__(self, world: World, connection: psycopg.Connection, today: dt.date) -> None:
        self.world = world
        self.connection = connection
        self.nightly_at = dt.datetime.combine(today, dt.time(6), dt.UTC)
        self.start = self.nightly_at - dt.timedelta(days=DAYS)
        self.mean = 0.0

    def load_history(self, progress: Callable[[int], None] = lambda day: None) -> None:
        """Load suppliers and all events up to a day before the nightly run.

        The indexes of the events are made when they are in, which takes half the time.
        """
        world, run = self.world, self.connection.execute
        run("set session_replication_role = replica")  # no foreign key checks, no marks
        run(
            "insert into public.core_features values "
            + ", ".join(f"('{f}', '{t}')" for f, t in CORE)
        )
        run(SUPPLIERS, {"start": self.start, "suppliers": world.suppliers})
        fewest, most = world.clients
        self._script(BENCH_SCHEMA, suppliers=world.suppliers, fewest=fewest, most=most)
        lively = run(
            "select sum(bench.liveliness(fate, last_day, day)) from bench.people,"
            " generate_series(0, %s) day",
            [DAYS - 1],
        ).fetchone()
        assert lively is not None
        self.mean = world.events_each * world.suppliers / lively[0]
        indexes = run(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
            " where indrelid = 'public.activity_events'::regclass and not indisprimary"
        ).fetchall()
        run("alter table public.activity_events drop constraint activity_events_pkey")
        run(f"drop index {', '.join(name for name, _ in indexes)}")
        for day in range(DAYS - 1):
            self._load_day(day)
            progress(day)
        run("alter table public.activity_events add primary key (id)")
        for _, definition in indexes:
            run(definition)
        run("vacuum analyze public.suppliers, public.core_features, public.activity_events")

    def load_day(self) -> None:
        """Load the events of the day before the nightly run."""
        self._load_day(DAYS - 1)

    def load_hour(self) -> None:
        """Let 1% of the suppliers do something in the hour after the nightly run."""
        self.connection.execute(HOUR, {"start": self.nightly_at})

    def _load_day(self, day: int) -> None:
        parameters = {
            "start": self.start + dt.timedelta(days=day),
            "day": day,
            "mean": self.mean,
            "days_per_form": self.world.days_per_form,
            "days_per_step": self.world.days_per_step,
        }
        self.connection.execute(EVENTS, parameters)

    def _script(self, text: str, **values: int) -> None:
        """Run several statements, whole numbers put into the text."""
        self.connection.execute(text % values if values else text)
