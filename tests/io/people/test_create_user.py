"""Making sign-ins on a real Supabase."""

import os
import subprocess
import sys

import pytest
from postgrest.exceptions import APIError
from supabase_auth.errors import AuthApiError

from cs_core.base.errors import StoreError, UsageError
from cs_core.io.base.client import connect_person, connect_service
from cs_core.io.base.config import Settings
from cs_core.io.people import users
from cs_core.io.people.users import create_user
from tests.conftest import ROOT

EMAIL = "ana@wedsync.example"
PASSWORD = "correct horse battery"


@pytest.fixture
def run(stack, tmp_path):
    """A function that runs the command line in a folder of its own."""

    def command(*arguments, stdin="", env=None):
        return subprocess.run(
            [sys.executable, "-m", "cs_core", "create-user", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | (stack.env if env is None else env),
            timeout=60,
            check=False,
        )

    return command


@pytest.fixture
def sign_in(settings):
    """A function that signs in and gives a client with that person's rights."""

    def client(email, password):
        fresh = connect_service(settings)
        fresh.options.headers.pop("Authorization", None)
        session = fresh.auth.sign_in_with_password({"email": email, "password": password}).session
        return connect_person(settings, session.access_token)

    return client


def sign_ins(sql):
    return sql.execute("select count(*) from auth.users").fetchone()[0]


def profile(sql, email):
    return sql.execute(
        "select p.role, full_name from user_profiles p join auth.users using (id) where email = %s",
        [email],
    ).fetchone()


def test_a_new_user_signs_in_with_the_password_shown(sql, service, sign_in):
    made = create_user(service, EMAIL, "analyst", full_name="Ana Lyst")
    assert made.is_new
    assert len(made.generated_password) >= 20
    assert made.generated_password not in repr(made)
    sign_in(EMAIL, made.generated_password)
    assert profile(sql, EMAIL) == ("analyst", "Ana Lyst")


def test_two_generated_passwords_differ(sql, service):
    one, two = (create_user(service, f"{n}@wedsync.example", "admin") for n in range(2))
    assert one.generated_password != two.generated_password


def test_a_given_password_is_the_one_that_counts(sql, service, sign_in):
    made = create_user(service, EMAIL, "admin", password=PASSWORD)
    assert made.generated_password is None
    sign_in(EMAIL, PASSWORD)


def test_an_analyst_reads_and_cannot_write(sql, add_supplier, service, sign_in):
    supplier = add_supplier()
    made = create_user(service, EMAIL, "analyst", password=PASSWORD)
    analyst = sign_in(EMAIL, PASSWORD)
    assert [row["id"] for row in analyst.table("suppliers").select("id").execute().data] == [
        supplier
    ]
    interaction = {"supplier_id": supplier, "type": "check_in", "created_by": made.id}
    with pytest.raises(APIError, match=r"row-level security|permission denied"):
        analyst.table("support_interactions").insert(interaction).execute()
    with pytest.raises(APIError, match="permission denied"):
        analyst.table("user_profiles").update({"role": "admin"}).eq("id", made.id).execute()
    assert profile(sql, EMAIL)[0] == "analyst"


def test_a_second_time_changes_nothing(sql, service, sign_in):
    first = create_user(service, EMAIL, "analyst", full_name="Ana Lyst", password=PASSWORD)
    again = create_user(service, EMAIL.upper(), "analyst", password="another password")
    assert (again.id, again.is_new, again.previous_role) == (first.id, False, "analyst")
    assert again.generated_password is None
    assert profile(sql, EMAIL) == ("analyst", "Ana Lyst")
    assert sign_ins(sql) == 1
    sign_in(EMAIL, PASSWORD)
    with pytest.raises(AuthApiError, match="Invalid login"):
        sign_in(EMAIL, "another password")


def test_an_existing_sign_in_gets_the_new_role(sql, service, sign_in):
    create_user(service, EMAIL, "analyst", full_name="Ana Lyst", password=PASSWORD)
    done = create_user(service, EMAIL, "admin")
    assert (done.is_new, done.previous_role, done.role) == (False, "analyst", "admin")
    assert profile(sql, EMAIL) == ("admin", "Ana Lyst")


def test_a_sign_in_without_a_role_gets_one(sql, service, add_person):
    add_person(EMAIL)
    done = create_user(service, EMAIL, "analyst")
    assert (done.is_new, done.previous_role) == (False, None)
    assert profile(sql, EMAIL)[0] == "analyst"


def test_an_existing_sign_in_is_found_on_a_later_page(sql, service, monkeypatch):
    monkeypatch.setattr(users, "USERS_PER_PAGE", 2)
    for n in range(5):
        create_user(service, f"{n}@wedsync.example", "analyst", password=PASSWORD)
    done = create_user(service, "4@wedsync.example", "admin")
    assert not done.is_new
    assert profile(sql, "4@wedsync.example")[0] == "admin"
    assert [len(service.auth.admin.list_users(page=page, per_page=2)) for page in (1, 2, 3, 4)] == [
        2,
        2,
        1,
        0,
    ]


def test_a_sign_in_whose_role_cannot_be_saved_is_removed_again(sql, service):
    sql.execute("revoke insert on user_profiles from service_role")
    try:
        with pytest.raises(StoreError, match=r"Saving the role failed: permission denied"):
            create_user(service, EMAIL, "analyst")
    finally:
        sql.execute("grant insert on user_profiles to service_role")
    assert sign_ins(sql) == 0


@pytest.mark.parametrize(
    "email",
    ["", "ana", "ana@", "@wedsync.example", "ana@wedsync", "a b@wedsync.example", "a@b@c.de",
     "ana@wedsync..example", "ana@wedsync.example\nx", "ana@.example", "<ana@wedsync.example>",
     "a" * 250 + "@b.de"],
)  # fmt: skip
def test_a_malformed_address_is_refused(sql, service, email):
    with pytest.raises(UsageError, match="is not an e-mail address"):
        create_user(service, email, "analyst")
    assert sign_ins(sql) == 0


@pytest.mark.parametrize(
    ("password", "message"),
    [("", "too short"), ("1234567", "too short: at least 8"), ("ä" * 37, "at most 72 bytes")],
)
def test_a_password_of_the_wrong_length_is_refused(sql, service, password, message):
    with pytest.raises(UsageError, match=message):
        create_user(service, EMAIL, "analyst", password=password)
    assert sign_ins(sql) == 0


@pytest.mark.parametrize("password", ["12345678", "ä" * 36])
def test_a_password_on_the_limit_is_taken(sql, service, sign_in, password):
    create_user(service, EMAIL, "analyst", password=password)
    sign_in(EMAIL, password)


def test_an_unknown_role_is_refused(sql, service):
    with pytest.raises(UsageError, match="choose admin or analyst"):
        create_user(service, EMAIL, "owner")
    assert sign_ins(sql) == 0


def test_a_supabase_that_is_not_there_is_a_store_error():
    client = connect_service(
        Settings("http://127.0.0.1:9", "sb_publishable_x", "sb_secret_x", "http://localhost")
    )
    with pytest.raises(StoreError, match="Supabase Auth does not answer"):
        create_user(client, EMAIL, "analyst")


# ---- the command ----


def test_the_command_shows_a_password_that_works_once(sql, run, sign_in):
    done = run(EMAIL, "--role", "analyst", "--name", "Ana Lyst")
    assert (done.returncode, done.stderr) == (0, "")
    said, password, advice = done.stdout.splitlines()
    assert EMAIL in said
    sign_in(EMAIL, password.removeprefix("Password: "))
    assert "safe" in advice
    again = run(EMAIL, "--role", "admin")
    assert again.stdout == (
        f"{EMAIL} already has a sign-in; its role is now admin (was analyst). Password unchanged.\n"
    )
    once_more = run(EMAIL, "--role", "admin")
    assert once_more.stdout == (
        f"{EMAIL} already has a sign-in with the role admin. Password unchanged.\n"
    )


def test_the_command_takes_a_password_from_standard_input(sql, run, sign_in):
    done = run(EMAIL, "--role", "admin", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert done.returncode == 0
    assert PASSWORD not in done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 1
    sign_in(EMAIL, PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["ana", "--role", "admin"], "", "'ana' is not an e-mail address"),
        ([EMAIL, "--role", "owner"], "", "'owner'"),
        ([EMAIL], "", "--role"),
        ([EMAIL, "--role", "admin", "--password-stdin"], "short\n", "The password is too short"),
        ([EMAIL, "--role", "admin", "--password-stdin"], "", "The password is too short"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(sql, run, arguments, stdin, message):
    done = run(*arguments, stdin=stdin)
    [line] = done.stderr.splitlines()
    assert message in line
    assert (done.returncode, done.stdout) == (2, "")
    assert sign_ins(sql) == 0


def test_a_wrong_secret_key_is_one_line_and_exit_1(sql, run, stack):
    done = run(EMAIL, "--role", "admin", env=stack.env | {"SUPABASE_SECRET_KEY": "sb_secret_wrong"})
    [line] = done.stderr.splitlines()
    assert line.startswith("Making the sign-in failed: ")
    assert "sb_secret" not in line
    assert done.returncode == 1
