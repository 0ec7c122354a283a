"""A time-stamping authority (RFC 3161) that is made up: `openssl ts` behind a door of HTTP, with roots of its own.

`python -m panjareh_sandbox.time_stamps FOLDER PORT` answers until it is stopped; FOLDER keeps its keys, and in
`root.pem` what PANJAREH_TSA_CERTIFICATES has to be for its stamps to be believed. It needs the program `openssl`.
"""

import argparse
import shutil
import subprocess
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from panjareh_sandbox.listener import LOOPBACK

_MOST_BYTES = 64 * 1024
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"
_CONFIGURATION = """\
[tsa]
default_tsa = sandbox
[sandbox]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa-key.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class TimeStamps:
    """Keeps its keys in a folder; made when there are none. Its certificate lasts for `lives`, until now if that is
    negative.
    """

    def __init__(self, folder: Path, *, lives: timedelta = timedelta(days=3650)) -> None:
        program = shutil.which("openssl")
        if program is None:
            raise FileNotFoundError("the program openssl is not there")
        folder.mkdir(parents=True, exist_ok=True)
        self._program = program
        self._configuration = folder / "tsa.cnf"
        self._one_at_a_time = threading.Lock()  # a serial number each
        self.roots_file = folder / "root.pem"
        if not self.roots_file.exists():
            _make(folder, lives)
        self._configuration.write_text(_CONFIGURATION.format(folder=folder.absolute()))

    @property
    def roots(self) -> str:
        """As PEM."""
        return self.roots_file.read_text()

    def reply(self, query: bytes) -> bytes:
        """The answer to a question, both as DER; a refusal where it cannot be read."""
        with self._one_at_a_time, tempfile.NamedTemporaryFile() as asked:
            asked.write(query)
            asked.flush()
            command = [self._program, "ts", "-reply", "-queryfile", asked.name]
            command += ["-config", str(self._configuration)]
            return subprocess.run(command, check=True, capture_output=True, timeout=10).stdout


def server(stamps: TimeStamps, port: int, host: str = LOOPBACK) -> ThreadingHTTPServer:
    """Listens already; answers once it is told to serve. Port 0 is any that is free."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.headers.get_content_type() != _QUERY:
                self.send_error(415)
            elif not length.isdecimal() or int(length) > _MOST_BYTES:
                self.send_error(413)
            else:
                answer = stamps.reply(self.rfile.read(int(length)))
                self.send_response(200)
                self.send_header("Content-Type", _REPLY)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: the sandbox's lines are JSON."""

    return ThreadingHTTPServer((host, port), Door)


def _make(folder: Path, lives: timedelta) -> None:
    now = datetime.now(UTC)
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root_name, name = _name("Sandbox time stamps root"), _name("Sandbox time stamps")
    root = (
        _certificate(root_name, root_name, root_key, now + timedelta(days=7300))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    signer = (
        _certificate(name, root_name, key, now + lives)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key_file = folder / "tsa-key.pem"
    key_file.touch(mode=0o600)
    key_file.write_bytes(private)
    (folder / "tsa.pem").write_bytes(signer.public_bytes(Encoding.PEM))
    (folder / "serial").write_text("01\n")
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))  # last: now all is there


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(until, datetime.now(UTC)) - timedelta(days=1))
        .not_valid_after(until)
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m panjareh_sandbox.time_stamps")
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    asked = parser.parse_args()
    with server(TimeStamps(asked.folder), asked.port) as door:
        print(f"ready; its roots are in {asked.folder / 'root.pem'}", flush=True)
        door.serve_forever()


if __name__ == "__main__":
    main()
