"""What the API takes and gives. These models check requests and are what openapi.json shows."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from cs_core.base.checks import NAME_PATTERN
from cs_core.base.vocabulary import CALL_TYPES, RISK_LEVELS
from cs_core.mail.messages import LONGEST, LONGEST_BY_HAND
from cs_core.outreach.requests import LONGEST_NOTE
from cs_core.suppliers.filter import LONGEST_TEXT

DEFAULT_LIMIT = 50
MOST_PER_PAGE = 500

Level = Literal[*RISK_LEVELS]  # type: ignore[valid-type]
CallType = Literal[*CALL_TYPES]  # type: ignore[valid-type]
# Something that is still there once what no message holds has been taken out.
VISIBLE = r"[^\s\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
WITHOUT_NUL = r"^[^\x00]*$"
UUID_PATTERN = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

# The text under a field is its description.
SHAPE = ConfigDict(
    extra="forbid", frozen=True, alias_generator=to_camel, use_attribute_docstrings=True
)
Id = Annotated[str, Field(pattern=UUID_PATTERN, description="A UUID.")]
Count = Annotated[int, Field(ge=0)]
NotWithThis = Annotated[None, WithJsonSchema({"type": "null"})]


def _whole(text: Any) -> Any:
    # Otherwise " 5", "5.0" and "1_0" would pass for whole numbers.
    is_number = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if is_number else text


class Taken(BaseModel):
    """What a program sends. Unknown fields are refused: they are mostly misspelt ones."""

    model_config = ConfigDict(**SHAPE, validate_by_name=False, strict=True)


class Parameters(Taken):
    """What it sends in the address or the headers, by the names that the fields have."""

    model_config = ConfigDict(alias_generator=None)


class Given(BaseModel):
    """What it gets. `leaves_out_none`: a field that says nothing is not there, instead of null."""

    leaves_out_none: ClassVar[bool] = False
    model_config = ConfigDict(**SHAPE, validate_by_name=True)


# ---- the health of suppliers ----


class HealthQuery(Parameters):
    """The parameters of the supplier list."""

    risk_level: Level | None = None
    """Only suppliers on this level."""
    tier: Annotated[str | None, Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)] = None
    """Only this tier."""
    q: Annotated[str | None, Field(min_length=1, max_length=LONGEST_TEXT, pattern=WITHOUT_NUL)] = (
        None
    )
    """Every word of it is in the name or the e-mail address; case and accents do not matter."""
    limit: Annotated[
        Annotated[int, Field(ge=1, le=MOST_PER_PAGE)] | None,
        BeforeValidator(_whole),
        Field(description=f"Suppliers on a page; {DEFAULT_LIMIT} where nothing is said."),
    ] = None
    cursor: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,4000}$")] = None
    """`nextCursor` of the page before. It remembers the filters and the limit: leave them out, or
    give the same."""


class Summary(Given):
    """How many suppliers there are, on all pages together."""

    total_suppliers: Count
    """Active suppliers that match `tier` and `q`, of whatever level, those without a score too.
    Counted with the first page, repeated on the others."""
    healthy_count: Count
    at_risk_count: Count
    critical_count: Count


class Supplier(Given):
    """One supplier. What a score tells is null before the first daily run scored it."""

    id: Id
    name: str
    health_score: Annotated[int | None, Field(ge=0, le=100)]
    """High is good."""
    risk_level: Level | None
    last_login: dt.datetime | None
    """Null: never, or not known."""
    days_active: Annotated[int | None, Field(ge=0, le=30)]
    """Days with a login among the 30 that the score covers."""
    tier: str
    recommendations: tuple[str, ...]
    """What to do, the largest gain in points first."""


class HealthPage(Given):
    """A page of active suppliers, in order of their ids, which never change."""

    summary: Summary
    suppliers: tuple[Supplier, ...]
    next_cursor: str | None
    """Null on the last page."""


# ---- interventions ----


class WriteHeaders(Parameters):
    """The headers of a write."""

    idempotency_key: Annotated[
        str | None, Field(alias="Idempotency-Key", pattern=r"^[!-~]{1,255}$")
    ] = None
    """Chosen by the sender, for instance a UUID. A repeat with the same key and body changes
    nothing and gets the first answer, for 30 days."""


class Request(Taken):
    """What all three kinds of requests hold."""

    supplier_id: Annotated[str, Field(pattern=UUID_PATTERN)]
    """The id of a supplier; a UUID."""


class CallRequest(Request):
    """A call for the queue, on the next working day. A supplier has one open call at most."""

    type: Literal["call"]
    call_type: CallType | None = None
    message: Annotated[str | None, Field(max_length=LONGEST_NOTE)] = None
    """A note for the person who makes the call."""
    template: NotWithThis = None
    subject: NotWithThis = None


class TemplateRequest(Request):
    """A message from a template."""

    type: Literal["email", "in_app"]
    template: Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]
    """The name of a template for suppliers."""
    message: NotWithThis = None
    subject: NotWithThis = None
    call_type: NotWithThis = None


class WordsRequest(Request):
    """A message in words of the sender's own; plain text, nothing in it is a template."""

    type: Literal["email", "in_app"]
    message: Annotated[str, Field(max_length=LONGEST_BY_HAND, pattern=VISIBLE)]
    subject: Annotated[str, Field(max_length=LONGEST["subject"], pattern=VISIBLE)] = (
        "A message from WedSync"
    )
    """Its subject or title."""
    template: NotWithThis = None
    call_type: NotWithThis = None


def _kind(body: Any) -> str | None:
    """Say which of the three a body is meant to be, so that its faults are told in one way."""
    if isinstance(body, BaseModel):
        return type(body).__name__
    if not isinstance(body, Mapping):
        return None
    if body.get("type") == "call":
        return "CallRequest"
    return "WordsRequest" if body.get("template") is None else "TemplateRequest"


InterventionRequest = Annotated[
    Annotated[CallRequest, Tag("CallRequest")]
    | Annotated[TemplateRequest, Tag("TemplateRequest")]
    | Annotated[WordsRequest, Tag("WordsRequest")],
    Discriminator(_kind),
]


class InterventionAnswer(Given):
    """What became of a request. One that was held back is recorded too, with its reason."""

    # Contract: scheduledFor is there or it is not.
    leaves_out_none: ClassVar[bool] = True
    success: bool
    """Whether the supplier is contacted: planned, or, of a call, added to the one that is open."""
    intervention_id: Id
    status: str
    """`planned` or `suppressed`."""
    reason: str | None = None
    """Why it was suppressed: `opt_out`, `no_address`, `frequency_cap` or `open_call`."""
    scheduled_for: dt.datetime | None = None
    """When; of a call that joined an open one, its time."""


# ---- errors and probes ----


class ErrorBody(Given):
    """What is wrong."""

    code: str
    """For programs; never changes."""
    message: str
    """For people: what is wrong and what to do."""
    details: dict[str, Any]
    """Facts. Of `invalid_fields`: `fields`, each with `field` and `problem`."""


class ErrorAnswer(Given):
    """The shape of every error."""

    error: ErrorBody


class Health(Given):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class ReportedRun(Given):
    """The newest daily run."""

    status: str
    """`running`, `done` or `failed`."""
    started_at: dt.datetime
    finished_at: dt.datetime | None
    age_hours: Annotated[float, Field(ge=0)]
    """Since it finished, or, if it has not, since it began."""


class Readiness(Given):
    """Supabase answers."""

    status: Literal["ready"] = "ready"
    last_run: ReportedRun | None
    """Null: there has been none yet."""


class ReadinessQuery(Parameters):
    """What else makes it not ready."""

    max_run_age_hours: Annotated[
        Annotated[int, Field(ge=1, le=8760)] | None, BeforeValidator(_whole)
    ] = None
    """503 as well if the newest daily run failed, was killed, or is older."""
