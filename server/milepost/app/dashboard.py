"""The dashboard, wired into the HTTP application."""

from __future__ import annotations

import logging

from starlette.routing import BaseRoute

from milepost.app.addresses import link_url
from milepost.app.http_application import HttpApplication
from milepost.app.version import version
from milepost.domain.caller import Caller
from milepost.domain.errors import Unavailable
from milepost.interfaces.dashboard.door import DOOR
from milepost.interfaces.dashboard.files import DashboardFiles
from milepost.interfaces.dashboard.routes import Entrance, dashboard_routes
from milepost.services.services import Services

_log = logging.getLogger(__name__)


def all_dashboard_routes(application: HttpApplication, services: Services) -> list[BaseRoute]:
    """The page, signing in, sessions, and word of changes."""
    entrance = Entrance(application.guard, application.cookie, application.failures, application.challenge)
    return dashboard_routes(services, entrance, DashboardFiles(), version())


async def sign_in_url(services: Services, account_sid: str, url: str) -> str | None:
    """A link that signs the account's owner in to the server at `url`, once.

    None where the store takes no writes now, which is no reason not to serve what can be read.
    """
    try:
        begun = await services.sessions.make_link(Caller(account_sid=account_sid, door=DOOR))
    except Unavailable as error:
        _log.warning("no sign-in link could be made: %s", error)
        return None
    return link_url(url, begun.secret)
