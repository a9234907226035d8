"""Attempts are counted per key and forgotten in time."""

from cs_app.server.rate_limit import RateLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_attempt_over_the_limit_is_refused_until_the_oldest_is_over() -> None:
    clock = Clock()
    limit = RateLimit(2, 300, clock)
    assert limit.take("ada")
    clock.now = 100
    assert limit.take("ada")
    assert not limit.take("ada")
    clock.now = 299
    assert not limit.take("ada")
    clock.now = 300
    assert limit.take("ada")
    assert not limit.take("ada")


def test_keys_do_not_share_a_limit() -> None:
    limit = RateLimit(1, 300, Clock())
    assert limit.take("ada")
    assert limit.take("grace")
    assert not limit.take("ada")


def test_a_forgotten_key_starts_over() -> None:
    limit = RateLimit(1, 300, Clock())
    limit.take("ada")
    limit.forget("ada")
    assert limit.take("ada")


def test_made_up_keys_do_not_fill_the_memory() -> None:
    limit = RateLimit(1, 300, Clock(), most_keys=3)
    for number in range(100):
        limit.take(str(number))
    assert len(limit._attempts) == 3
