"""Upstreams as the settings name them: their clients, their adapters, and what stands beside an upstream's events."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from milepost.app.version import version
from milepost.domain.account import Account
from milepost.domain.instant import Clock
from milepost.domain.ports import Accounts
from milepost.domain.sid import ACCOUNT, mint
from milepost.services.accounts import FIRST_ACCOUNT
from milepost.services.services import Ports
from milepost.settings import Settings
from milepost.settings.backends import UpstreamBackend, UpstreamKind
from milepost.upstreams.client import upstream_client
from milepost.upstreams.exchange import Exchange
from milepost.upstreams.one_account import OneAccount, SessionsOfOneAccount, TokensOfOneAccount, account_named
from milepost.upstreams.overlaid_writer import OverlaidWriter
from milepost.upstreams.overlay import OverlaidEvents
from milepost.upstreams.own_changes import HeardWriter, OwnChanges
from milepost.upstreams.sources import Source

if TYPE_CHECKING:
    from milepost.domain.ports import MetricSource
    from milepost.settings.prometheus import PrometheusAddress
    from milepost.upstreams.apica.events import ApicaEvents
    from milepost.upstreams.apitraffic.writer import ApiTrafficEvents

_NOBODY = "overlay"
"""The account of an overlay whose API has none."""


async def over_upstream(
    stack: AsyncExitStack, settings: Settings, upstream: UpstreamBackend, kept: Ports, clock: Clock
) -> Ports:
    """The ports of an upstream: its events, beside the accounts and tokens that are `kept` in a store of ours."""
    account = await _account(upstream, kept.accounts, clock)
    beside = replace(
        kept,
        history=None,
        feed=(changes := OwnChanges()),
        accounts=OneAccount(account),
        tokens=TokensOfOneAccount(account.sid, kept.tokens),
        sessions=SessionsOfOneAccount(account.sid, kept.sessions),
    )
    exchange = await _exchange(stack, settings, upstream, clock)
    if upstream.kind is UpstreamKind.APICA:
        return replace(beside, reader=_apica(exchange, account.sid, clock), writer=None)
    events = _apitraffic(exchange, account.sid, clock)
    return replace(beside, reader=events, writer=HeardWriter(events, changes))


async def overlaid(stack: AsyncExitStack, settings: Settings, own: Ports, clock: Clock) -> Ports:
    """`own` with every overlay of the settings laid over its events."""
    sources = [await open_source(stack, settings, upstream, clock) for upstream in settings.overlays]
    reader = OverlaidEvents(own.reader, sources)
    return replace(own, reader=reader, writer=OverlaidWriter(own.writer, reader) if own.writer else None)


async def open_source(stack: AsyncExitStack, settings: Settings, upstream: UpstreamBackend, clock: Clock) -> Source:
    """An upstream to be read, open for as long as `stack` is."""
    exchange = await _exchange(stack, settings, upstream, clock)
    account_sid = upstream.account_sid or _NOBODY
    open_reader = _apica if upstream.kind is UpstreamKind.APICA else _apitraffic
    return Source(upstream.name, open_reader(exchange, account_sid, clock), account_sid)


async def open_metrics(
    stack: AsyncExitStack, settings: Settings, address: PrometheusAddress, clock: Clock
) -> MetricSource:
    """The Prometheus at that address, open for as long as `stack` is."""
    from milepost.settings.prometheus import authorization
    from milepost.upstreams.prometheus.metrics import PrometheusMetrics
    from milepost.upstreams.prometheus.queries import Queries

    token, tenant = settings.prometheus_token, settings.prometheus_tenant
    headers = {
        **({} if token is None else {"authorization": authorization(token)}),
        **({} if tenant is None else {"x-scope-orgid": tenant}),
    }
    client = upstream_client(address.base_url, f"milepost/{version()}", headers)
    queries = Queries(
        throughput=settings.prometheus_throughput,
        response_time=settings.prometheus_response_time,
        error_ratio=settings.prometheus_error_ratio,
        scrape_seconds=settings.prometheus_scrape_interval,
    )
    return PrometheusMetrics(Exchange(await stack.enter_async_context(client), address.name, clock), queries)


async def _exchange(stack: AsyncExitStack, settings: Settings, upstream: UpstreamBackend, clock: Clock) -> Exchange:
    headers, parameters = _credentials(upstream.kind, settings.credential(upstream))
    client = upstream_client(upstream.base_url, f"milepost/{version()}", headers, parameters)
    return Exchange(await stack.enter_async_context(client), upstream.name, clock)


def _credentials(kind: UpstreamKind, credential: str) -> tuple[dict[str, str], dict[str, str]]:
    """As headers and as parameters: Apica takes its ticket in the address alone."""
    if kind is UpstreamKind.APICA:
        return {}, {"auth_ticket": credential}
    return {"authorization": f"Bearer {credential}"}, {}


async def _account(upstream: UpstreamBackend, accounts: Accounts, clock: Clock) -> Account:
    """ApiTraffic's own account; a local one for Apica, which has none."""
    now = clock()
    if upstream.account_sid is not None:
        return await account_named(accounts, Account(upstream.account_sid, upstream.account_sid, now))
    account, _ = await accounts.first_account(Account(mint(ACCOUNT, now, os.urandom), FIRST_ACCOUNT, now))
    return account


def _apica(exchange: Exchange, account_sid: str, clock: Clock) -> ApicaEvents:
    from milepost.upstreams.apica.events import ApicaEvents

    return ApicaEvents(exchange, account_sid, clock)


def _apitraffic(exchange: Exchange, account_sid: str, clock: Clock) -> ApiTrafficEvents:
    from milepost.upstreams.apitraffic.writer import ApiTrafficEvents

    return ApiTrafficEvents(exchange, account_sid, clock)
