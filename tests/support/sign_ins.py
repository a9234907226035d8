"""People who can sign in, made through the API as the product makes them."""

import uuid

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import Settings


def make_sign_in(settings: Settings, email: str, role: str | None = None) -> dict[str, str]:
    """Make a sign-in, with a role or without, and sign it in once."""
    service, password = connect_service(settings), f"pw-{uuid.uuid4()}"
    made = service.auth.admin.create_user(
        {"email": email, "password": password, "email_confirm": True}
    )
    if role:
        service.table("user_profiles").insert({"id": made.user.id, "role": role}).execute()
    fresh = connect_service(settings)
    fresh.options.headers.pop("Authorization", None)
    session = fresh.auth.sign_in_with_password({"email": email, "password": password}).session
    assert session is not None
    return {
        "id": made.user.id,
        "email": email,
        "password": password,
        "access_token": session.access_token,
        "refresh_token": session.refresh_token,
    }
