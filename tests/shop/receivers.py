"""Receivers of messages on this machine: a mail server and a web server, which keep what they get."""

import email
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any


class MailServer(socketserver.StreamRequestHandler):
    """An SMTP server that keeps what it gets."""

    def handle(self) -> None:
        got: list[str] = self.server.got  # type: ignore[attr-defined]
        self.wfile.write(b"220 mail\r\n")
        in_data = False
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            got.append(line)
            if in_data and line != ".":
                continue
            word = line[:4].upper()
            in_data = word == "DATA"
            self.wfile.write(
                b"354 go on\r\n" if in_data else b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n"
            )
            if word == "QUIT":
                return


class Hook(BaseHTTPRequestHandler):
    """A web server that keeps what it gets."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((self.path, self.headers.get("Authorization"), json.loads(content)))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[tuple[int, list[Any]]]:
    """Let a server answer on this machine; yield its port and what it gets."""
    server.got = got = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], got
    finally:
        server.shutdown()
        server.server_close()


def mails_in(got: list[str]) -> list[str]:
    """Return the subject and the text of each mail that a mail server got."""
    found = []
    for begin in (place for place, line in enumerate(got) if line.upper() == "DATA"):
        end = got.index(".", begin)
        mail = email.message_from_string("\n".join(got[begin + 1 : end]))
        parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
        found.append(
            "\n".join([str(mail["Subject"]), *(part.decode() for part in parts if isinstance(part, bytes))])
        )
    return found


def mail_at(port: int) -> str:
    """Return the Airflow connection of the mail server on a port."""
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "shopkeeper@grocer.example"}
    return json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra})


def hook_at(port: int) -> str:
    """Return the Airflow connection of the web server on a port."""
    return json.dumps({"conn_type": "http", "host": f"http://127.0.0.1:{port}/desk", "password": "s3cret"})
