"""What Supabase answers becomes an error of ours once, at the door."""

import httpx
import pytest
from postgrest.exceptions import APIError
from supabase_auth.errors import (
    AuthApiError,
    AuthInvalidJwtError,
    AuthRetryableError,
    AuthSessionMissingError,
    AuthUnknownError,
    AuthWeakPasswordError,
)

from cs_core.base import errors
from cs_core.io.base.client import run_auth_request, run_request


def failing(error: Exception):
    def request():
        raise error

    return request


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("42501", errors.NotAllowed),
        ("PT403", errors.RoleNeeded),
        ("PT404", errors.NotFound),
        ("PT409", errors.Conflict),
        ("23505", errors.Duplicate),
        ("23514", errors.BadValue),
        ("22023", errors.BadValue),
        ("22P02", errors.BadValue),
        ("PGRST301", errors.TokenRefused),
        (401, errors.TokenRefused),
        ("PGRST202", errors.StoreError),
        ("57014", errors.StoreError),  # it took too long
        (502, errors.StoreError),  # a proxy's page: nobody knows what became of it
        (None, errors.StoreError),
    ],
)
def test_a_code_of_the_database_becomes_one_kind_of_error(code, kind):
    answer = APIError({"code": code, "message": "No,\n no."})
    with pytest.raises(errors.StoreError) as caught:
        run_request("Saving", failing(answer), tries=1)
    assert type(caught.value) is kind
    assert caught.value.reason == "No, no"
    assert caught.value.__cause__ is answer


def test_no_answer_is_told_apart_from_a_refusal():
    with pytest.raises(errors.NoAnswer, match="Saving failed: Supabase does not answer"):
        run_request("Saving", failing(httpx.ReadTimeout("")), tries=1)
    assert not issubclass(errors.NoAnswer, errors.Refused)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AuthApiError("taken", 422, "email_exists"), errors.Duplicate),
        (AuthApiError("too long", 400, "validation_failed"), errors.BadValue),
        (AuthWeakPasswordError("weak", 422, []), errors.BadValue),
        (AuthInvalidJwtError("no token"), errors.TokenRefused),
        (AuthSessionMissingError(), errors.Refused),
        (AuthApiError("wrong", 400, "invalid_credentials"), errors.Refused),
        (AuthApiError("no key", 401, None), errors.TokenRefused),
        (AuthApiError("banned", 403, "user_banned"), errors.NotAllowed),
        (AuthApiError("no such path", 404, None), errors.NotFound),
        (AuthApiError("slowly", 429, "over_request_rate_limit"), errors.TooOften),
        (AuthApiError("fault", 500, None), errors.StoreError),
        (AuthRetryableError("", 0), errors.NoAnswer),
        (AuthRetryableError("", 504), errors.StoreError),
        (AuthUnknownError("?", RuntimeError()), errors.StoreError),
        (httpx.ConnectError(""), errors.NoAnswer),
        (ValueError("not JSON"), errors.StoreError),
    ],
)
def test_an_answer_of_supabase_auth_becomes_one_kind_of_error(error, kind):
    with pytest.raises(errors.StoreError) as caught:
        run_auth_request("Signing in", failing(error))
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
