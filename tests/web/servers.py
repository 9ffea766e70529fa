"""A web server in a process of its own over a test database, and certificates for it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lienthong.database.address import Address
from lienthong.database.roles import _marker
from tests.folders import public_folder

_SERVE = """
import json, sys
from pathlib import Path
from lienthong.config import environment, webserver
environment.become(environment.DatabaseRole.WEB)
webserver.serve(*(
    webserver.Listener(port, webserver.Tls(*(Path(name) if name else None for name in tls)), workers)
    for port, tls, workers in json.loads(sys.argv[1])
))
"""
Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def free_port(beside: int = 0) -> int:
    """Below the range from which the system gives out ports by itself."""
    for port in range(20_000 + os.getpid() % 5_000, 32_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port != beside:
                probe.bind(("127.0.0.1", port))
                return port
    raise AssertionError("no free port")


def home_for(owner: Address) -> Path:
    """A data folder whose processes sign in as the owner and step down."""
    folder = public_folder()
    (folder / "database.json").write_text(json.dumps(_marker(owner)), encoding="utf-8")
    return folder


@contextlib.contextmanager
def serving(
    owner: Address,
    home: Path,
    *listeners: tuple[int, tuple[str, ...]],
    workers: int = 1,
    **variables: str,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A server that listens at each port, with the certificate, key and authority of its listener."""
    url = f"postgresql://{owner.user}@/{owner.dbname}?host={quote(owner.host, safe='')}&port={owner.port}"
    known = {
        "LIENTHONG_HOME": str(home),
        "LIENTHONG_DATABASE_URL": url,
        "LIENTHONG_SECRET_FILE": str(Path(os.environ["LIENTHONG_HOME"]) / "keys.json"),
        "DJANGO_SETTINGS_MODULE": "lienthong.config.settings",
    }
    wanted = json.dumps([(port, tls, workers) for port, tls in listeners])
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, wanted],
        env={**os.environ, **known, **variables},
        cwd=Path(__file__).parents[2],
    )
    try:
        for port, _ in listeners:
            _wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the server did not start"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError("the server does not listen")


def certificate(name: str, by: Pair | None = None, days: int = 2) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[0].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    return builder.sign(by[1] if by else key, hashes.SHA256()), key


def write(folder: Path, name: str, pair: Pair) -> tuple[str, str]:
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(pair[0].public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        pair[1].private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(certificate), str(key)
