"""Numbers of things, in words."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 as "1 supplier", 2000 as "2,000 suppliers"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
