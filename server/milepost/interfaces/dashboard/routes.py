"""The dashboard's routes, made from what the application hands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from milepost.interfaces.dashboard.changes import Changes
from milepost.interfaces.dashboard.door import ASSETS_PATH, CHANGES_PATH, DOOR, PAGE_PATH, SESSION_PATH, SIGN_IN_PATH
from milepost.interfaces.dashboard.files import DashboardFiles
from milepost.interfaces.dashboard.session import OwnSession, SessionEndpoint, SessionRecord
from milepost.interfaces.dashboard.sign_in import SignInLink
from milepost.middleware.body_limit import BodyLimit
from milepost.middleware.challenge import Challenge
from milepost.middleware.credentials import CredentialPlace
from milepost.middleware.failed_attempts import FailedAttempts
from milepost.middleware.session_cookie import SessionCookie
from milepost.services.services import Services


class Guard(Protocol):
    """Puts sign-in and limits before an application."""

    def __call__(self, app: ASGIApp, door: str, *, credentials: Sequence[CredentialPlace]) -> ASGIApp:
        """`app`, reached only by whoever may."""
        ...


@dataclass(frozen=True, slots=True)
class Entrance:
    """What signing in has in common with every other way in."""

    guard: Guard
    cookie: SessionCookie
    failures: FailedAttempts
    challenge: Challenge


def dashboard_routes(services: Services, entrance: Entrance, files: DashboardFiles, version: str) -> list[BaseRoute]:
    """The page and what it is made of are open to everybody, since nothing of any account is in them."""
    record = SessionRecord(services, version)
    cookie, failures, challenge = entrance.cookie, entrance.failures, entrance.challenge
    places = (cookie.place(DOOR),)
    own = entrance.guard(OwnSession(services, record, cookie), DOOR, credentials=places)
    session = BodyLimit(SessionEndpoint(own, services, record, cookie, failures, challenge))
    endpoints: list[tuple[str, ASGIApp]] = [
        (PAGE_PATH, files.page),
        (ASSETS_PATH, files.assets),
        (SIGN_IN_PATH, SignInLink(services.sessions, cookie, failures, challenge)),
        (SESSION_PATH, session),
        (CHANGES_PATH, entrance.guard(Changes(services), DOOR, credentials=places)),
    ]
    return [Route(path, app) for path, app in endpoints]
