"""That certificates are always verified, and that no credential leaves this machine by a proxy."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute
from anyio.streams.tls import TLSListener, TLSStream
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from milepost.domain.errors import Unavailable
from tests.upstreams.scripted_server import answer, says, scripted
from tests.upstreams.talking import exchange_with

FINE = says(answer(200, b"[]"))


def certificate(folder: Path) -> Path:
    """One for this machine that nobody vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        builder.serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, *form) + signed.public_bytes(pem))
    return path


@pytest.fixture
async def self_signed(tmp_path: Path) -> AsyncGenerator[str]:
    """A server with such a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate(tmp_path))
    plain = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with TLSListener(plain, context) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, TLSStream.aclose)
        yield f"https://127.0.0.1:{plain.extra(SocketAttribute.local_port)}"  # noqa: S610 - no Django
        tasks.cancel_scope.cancel()


async def test_a_certificate_that_is_not_trusted_ends_it(self_signed: str):
    async with exchange_with(self_signed) as exchange:
        with pytest.raises(Unavailable) as reading:
            await exchange.get("/events")
        with pytest.raises(Unavailable) as writing:
            await exchange.send("POST", "/events", {})
    assert str(reading.value) == "Apica can't be reached (its certificate isn't trusted)"
    assert str(writing.value) == f"{reading.value}; nothing was written"


async def test_plain_http_doesn_t_go_through_a_proxy(monkeypatch: pytest.MonkeyPatch):
    async with scripted(FINE) as proxy, scripted(FINE) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with exchange_with(server.url) as exchange:
            await exchange.get("/events")
    assert proxy.connections == 0


async def test_a_proxy_for_https_is_asked_for_a_tunnel_and_told_nothing_else(monkeypatch: pytest.MonkeyPatch):
    async with scripted(says(answer(403, b"no"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with exchange_with("https://api.example") as exchange:
            with pytest.raises(Unavailable) as caught:
                await exchange.send("POST", "/events", {})
    assert str(caught.value) == "Apica can't be reached (the proxy doesn't let it through); nothing was written"
    (request,) = proxy.requests
    assert request.startswith(b"CONNECT api.example:443 HTTP/1.1\r\n")
    assert b"auth" not in request.lower()
