"""Screens run in this process, on the real embedded Supabase."""

import pytest


@pytest.fixture(autouse=True)
def environment(dashboard_environment: None) -> None:
    """Each test that asks for the stack has the dashboard's settings from it."""
