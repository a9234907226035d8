"""Which features to suggest to a supplier: unused ones that similar suppliers use most."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

SHOWN = 2
# Fewer users than this in a tier and category say nothing; then the whole tier speaks.
LEAST_USERS = 5

FeatureUsers = Mapping[tuple[str, str | None, str], int]


def count_feature_users(rows: Sequence[Mapping[str, Any]]) -> FeatureUsers:
    """Turn counts per tier, category and feature into a look-up, whole tiers included.

    Parameters
    ----------
    rows : sequence of mappings
        `tier`, `category`, `feature`, `users`.

    Returns
    -------
    mapping
        (tier, category, feature) -> users; category None for the whole tier.
    """
    users: dict[tuple[str, str | None, str], int] = {}
    for row in rows:
        for category in {row["category"], None}:
            key = (row["tier"], category, row["feature"])
            users[key] = users.get(key, 0) + row["users"]
    return users


def suggest_features(
    unused: Collection[str], tier: str, category: str, users: FeatureUsers
) -> list[str]:
    """Return up to two unused features, the one that most similar suppliers use first.

    Parameters
    ----------
    unused : collection of str
        Core features of the supplier's tier that it did not use lately.
    tier, category : str
        Suppliers alike are of the same tier and category; where hardly any of them uses a
        feature, those of the same tier decide.
    users : mapping
        As `count_feature_users` gives it.

    Returns
    -------
    list of str
    """

    def popularity(feature: str) -> tuple[int, int]:
        alike = users.get((tier, category, feature), 0)
        return (alike if alike >= LEAST_USERS else 0), users.get((tier, None, feature), 0)

    # By name first, so that ties always come out the same. What nobody uses is no suggestion.
    used = [feature for feature in sorted(unused) if popularity(feature) > (0, 0)]
    return sorted(used, key=popularity, reverse=True)[:SHOWN]


def feature_in_words(feature: str) -> str:
    """Write the name of a feature as people read it: `client_portal` -> client portal."""
    return feature.replace("_", " ").strip()
