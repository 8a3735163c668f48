"""TLS and certificates, as `libami doctor` looks at them."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from typing import Any

from libami.cli import probe
from libami.cli.finding import Finding, problem
from libami.cli.output import NO_CONNECTION
from libami.cli.probe import Address

_EXPIRED, _NOT_YET = 10, 9
_OTHER_NAME = (62, 64)
"""Of a name, and of an address."""
_UNTRUSTED = (18, 19, 20, 21)
"""The numbers that OpenSSL has for what is wrong with a certificate."""


def context(given: Mapping[str, Any]) -> ssl.SSLContext:
    """The rules of these settings."""
    made = ssl.create_default_context(cafile=given.get("ca_file"))
    # A certificate may be named as its own authority.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if given.get("client_certificate"):
        made.load_cert_chain(given["client_certificate"], given["client_key"])
    if given.get("danger_accept_any_certificate"):
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def unreadable(error: OSError, given: Mapping[str, Any]) -> Finding:
    """The files that the settings name cannot be used."""
    names = ("ca_file", "client_certificate", "client_key")
    files = ", ".join(f"{name} = {given[name]}" for name in names if given.get(name))
    return problem(
        9,
        f"these cannot be read: {files}: {error.strerror or error}",
        "a file is not there, may not be read, or has no certificate or key as PEM",
        "name files that begin with -----BEGIN; a key must be that of its certificate",
        NO_CONNECTION,
    )


def refused(error: OSError, given: Mapping[str, Any], address: Address, timeout: float) -> Finding:
    """The reason for which TLS did not come about."""
    host = given.get("server_name") or given["host"]
    if isinstance(error, ssl.SSLCertVerificationError):
        shown = _shown(address, timeout)
        seen = f"the certificate is not accepted: {error.verify_message}{shown}"
        code = error.verify_code
        if code in (_EXPIRED, _NOT_YET):
            now = time.strftime("%Y-%m-%d", time.gmtime())
            return problem(
                9,
                seen,
                f"its time is over, or has not begun; this machine has the date {now}",
                "make a new certificate (ast_tls_cert) and name it by tlscertfile in manager.conf; or set "
                "the clock",
                NO_CONNECTION,
            )
        if code in _OTHER_NAME:
            return problem(
                9,
                seen,
                f'the certificate is for other names than "{host}"',
                "connect by a name that it has, or in config.toml: server_name = a name that it has",
                NO_CONNECTION,
            )
        file = given.get("ca_file")
        trusted = f"no authority in {file}" if file else "nobody that this machine trusts"
        change = "copy the authority's certificate here (or the server's own, if it has signed itself), and "
        change += f"put it into {file}" if file else 'in config.toml: ca_file = "FILE", or --ca-file FILE'
        return problem(
            9,
            seen,
            f"{trusted} has signed it" if code in _UNTRUSTED else "the certificate cannot be verified",
            change,
            NO_CONNECTION,
        )
    made = probe.attempt(address, timeout)
    version = None
    if made.socket is not None:
        try:
            with made.socket as plain, probe.any_context().wrap_socket(plain) as connection:
                version = connection.version()
        except OSError:
            pass
    if version in ("TLSv1", "TLSv1.1"):
        return problem(
            9,
            f"it speaks {version} at most",
            "libami wants TLS 1.2 or later, as older versions are broken",
            "update the server's OpenSSL or the gateway's firmware; or connect without TLS by a network that "
            "is trusted: tls = false in config.toml",
            NO_CONNECTION,
        )
    reason = getattr(error, "reason", None) or error.strerror or str(error)
    return problem(
        9,
        f"the handshake fails: {reason}",
        "the server and this machine have no version or cipher of TLS in common, or the server wants a "
        "certificate of the client's",
        "client_certificate and client_key in config.toml, if it wants one; tlscipher in manager.conf, if "
        "that is set",
        NO_CONNECTION,
    )


def _shown(address: Address, timeout: float) -> str:
    """Names and dates of the certificate, as far as they can be read."""
    made = probe.attempt(address, timeout)
    if made.socket is None:
        return ""
    try:
        with made.socket as plain, probe.any_context().wrap_socket(plain) as connection:
            data = connection.getpeercert(binary_form=True)
        if data is None:
            return ""
        found = _read(address, timeout, ssl.DER_cert_to_PEM_cert(data))
    except OSError:
        return ""
    names = [value for kind, value in found.get("subjectAltName", ())]
    names = names or [
        value for part in found.get("subject", ()) for key, value in part if key == "commonName"
    ]
    issuer = [value for part in found.get("issuer", ()) for key, value in part if key == "commonName"]
    return f"\nit is for {', '.join(names)}, signed by {', '.join(issuer)}, until {found.get('notAfter')}"


def _read(address: Address, timeout: float, itself: str) -> dict[str, Any]:
    """The certificate's fields. Python shows those of a trusted one alone, so here it has its own trust."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.load_verify_locations(cadata=itself)
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made = probe.attempt(address, timeout)
    if made.socket is None:
        return {}
    with made.socket as plain, trusting.wrap_socket(plain) as connection:
        return dict(connection.getpeercert() or {})
