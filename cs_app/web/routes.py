"""The HTTP routes and checks around the dashboard's pages."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from cs_app.api.app import ServeApi
from cs_app.downloads.audit import export_audit
from cs_app.downloads.common import no_such_download
from cs_app.downloads.figures import export_days, export_moves, export_scores
from cs_app.downloads.interventions import export_interventions, export_milestones
from cs_app.downloads.suppliers import export_health
from cs_app.web.password_reset import show_ask, show_choose, show_script, take_ask, take_choose
from cs_app.web.protection import PagesNeedSignIn, RefuseCrossSiteWrites, SecurityHeaders, is_page
from cs_app.web.sign_in import show_sign_in, show_sign_out, take_sign_in, take_sign_out
from cs_app.web.stop_links import STOP_DIGEST, UNSUBSCRIBE
from cs_app.web.streamlit_shell import ServeOpeningPage

ROUTES: list[BaseRoute] = [
    Route("/sign-in", show_sign_in, methods=["GET"]),
    Route("/sign-in", take_sign_in, methods=["POST"]),
    Route("/sign-out", show_sign_out, methods=["GET"]),
    Route("/sign-out", take_sign_out, methods=["POST"]),
    Route("/forgot-password", show_ask, methods=["GET"]),
    Route("/forgot-password", take_ask, methods=["POST"]),
    Route("/new-password", show_choose, methods=["GET"]),
    Route("/new-password", take_choose, methods=["POST"]),
    Route("/new-password.js", show_script, methods=["GET"]),
    Route("/unsubscribe", UNSUBSCRIBE.show, methods=["GET"]),
    Route("/unsubscribe", UNSUBSCRIBE.take, methods=["POST"]),
    Route("/stop-digest", STOP_DIGEST.show, methods=["GET"]),
    Route("/stop-digest", STOP_DIGEST.take, methods=["POST"]),
    Route("/export/health.csv", export_health, methods=["GET"]),
    Route("/export/interventions.csv", export_interventions, methods=["GET"]),
    Route("/export/milestones.csv", export_milestones, methods=["GET"]),
    Route("/export/audit.csv", export_audit, methods=["GET"]),
    Route("/export/days.csv", export_days, methods=["GET"]),
    Route("/export/moves.csv", export_moves, methods=["GET"]),
    Route("/export/scores.csv", export_scores, methods=["GET"]),
    Route("/export/{rest:path}", no_such_download),
]


def middleware(base_url: str) -> list[Middleware]:
    """Give the checks that every request passes, outermost first."""
    return [
        Middleware(SecurityHeaders, base_url=base_url),
        Middleware(RefuseCrossSiteWrites, base_url=base_url),
        Middleware(ServeApi),
        Middleware(PagesNeedSignIn),
        Middleware(ServeOpeningPage, is_page=is_page),
    ]
