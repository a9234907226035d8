"""One supplier over many days, each plan made from what the ones before left behind."""

from datetime import UTC, date, datetime, timedelta

from tests.support.defaults import DEFAULT_RULES
from tests.support.outreach_plans import emailed, fired, open_call, plan, playbook, seeded, supplier


class Book:
    """What a database remembers of one supplier's contacts, and gives back as facts."""

    def __init__(self):
        self.kept = {}
        self.open = None

    def run(self, day, row, playbooks):
        at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
        found = plan([row], playbooks, DEFAULT_RULES, at, day, **self.facts(day))
        new = [c for c in found.contacts.to_pylist() if c["dedupe_key"] not in self.kept]
        for contact in new:
            self.kept[contact["dedupe_key"]] = contact | {"on": day}
            if contact["type"] == "call" and contact["reason"] == "open_call" and self.open:
                self.open["playbooks"] += f"{contact['playbook']}|"
            if contact["type"] == "call" and contact["status"] == "planned":
                name = f"|{contact['playbook']}|"
                self.open = open_call(name, contact["health_score"], name=str(day))
        if found.closed_calls.num_rows:
            self.open = None
        return [(c["playbook"], c["type"], c["reason"]) for c in new]

    def facts(self, day):
        firings, mails = {}, []
        for contact in self.kept.values():
            if contact["reason"] not in ("cool_down", "frequency_cap"):
                firings[contact["playbook"]] = max(
                    str(contact["on"]), firings.get(contact["playbook"], "")
                )
            is_mail = contact["type"] == "email" and contact["status"] == "planned"
            if is_mail and day - contact["on"] < timedelta(days=DEFAULT_RULES.days):
                mails.append(str(contact["on"]))
        return {
            "firings": [fired(name, on) for name, on in firings.items()],
            "emails": [emailed(len(mails), max(mails))] if mails else [],
            "open_calls": [self.open] if self.open else [],
        }


def days(count):
    return [date(2026, 11, 2) + timedelta(days=n) for n in range(count)]


def test_a_flapping_supplier_is_called_once_per_cool_down():
    book, log = Book(), {}
    for number, day in enumerate(days(20)):
        low = number % 2 == 1
        row = supplier(
            health_score=35 if low else 75,
            risk_level="critical" if low else "healthy",
            previous_level=None if number == 0 else "healthy" if low else "critical",
        )
        log[number] = book.run(day, row, (seeded("became_critical"),))
        assert book.run(day, row, (seeded("became_critical"),)) == []
    said = {number: found for number, found in log.items() if found}
    assert said == {
        1: [("became_critical", "call", None)],
        3: [("became_critical", "call", "cool_down")],
        15: [("became_critical", "call", None)],
        17: [("became_critical", "call", "cool_down")],
    }


def test_a_supplier_that_stays_silent_is_written_to_and_called_every_fortnight():
    book, log = Book(), {}
    for number, day in enumerate(days(20)):
        row = supplier(days_since_login=6.5 + number)
        log[number] = book.run(day, row, (seeded("silent_after_set_up"),))
    said = {number: found for number, found in log.items() if found}
    name = "silent_after_set_up"
    assert said == {
        1: [(name, "email", None), (name, "call", None)],
        2: [(name, "email", "cool_down")],
        # The call of a fortnight ago is still open.
        15: [(name, "email", None), (name, "call", "open_call")],
        16: [(name, "email", "cool_down")],
    }
    assert book.open is not None


def test_a_supplier_that_comes_back_needs_no_call():
    book = Book()
    for day, login in zip(days(3), (6.9, 7.9, 0.5), strict=True):
        book.run(day, supplier(days_since_login=login), (seeded("silent_after_set_up"),))
        assert (book.open is None) == (login < 7)


def test_a_capped_email_goes_out_when_the_cap_allows_it():
    book, log = Book(), {}
    playbooks = (playbook("first", priority=1), playbook("second", priority=2, cool_down_days=30))
    for number, day in enumerate(days(20)):
        log[number] = book.run(day, supplier(), playbooks)
    said = {number: found for number, found in log.items() if found}
    assert said == {
        0: [("first", "email", None), ("second", "email", "frequency_cap")],
        1: [("first", "email", "cool_down")],
        7: [("second", "email", None)],
        8: [("second", "email", "cool_down")],
        14: [("first", "email", None)],
        15: [("first", "email", "cool_down")],
    }
