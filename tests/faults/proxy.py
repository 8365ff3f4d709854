# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small HTTP proxy for tests: CONNECT, where the names below ``example.com`` are this machine, since what is called
that is never asked through a proxy. Run as a process of its own.

``python proxy.py LOG [USER:PASSWORD]`` prints its port when it is ready, and appends each request's line and headers to
LOG, as JSON, one a line. It stops when its standard input ends.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import select
import socket
import sys
import threading
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    """Opens tunnels."""

    protocol_version = "HTTP/1.1"
    log: Path
    credentials: str | None = None
    _lock = threading.Lock()

    def do_CONNECT(self) -> None:
        """Open a tunnel."""
        if not self._is_welcome():
            return
        host, _colon, port = self.path.rpartition(":")
        try:
            host = "127.0.0.1" if host.endswith(".example.com") else host.strip("[]")
            far = socket.create_connection((host, int(port)))
        except OSError as error:
            self.send_error(502, str(error))
            return
        with far:
            self.send_response(200, "Connection established")
            self.end_headers()
            self._pump(far)
        self.close_connection = True

    def _is_welcome(self) -> bool:
        entry = {"line": self.requestline, "headers": dict(self.headers.items())}
        with self._lock, self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
        expected = self.credentials and "Basic " + base64.b64encode(self.credentials.encode()).decode()
        if expected and self.headers.get("Proxy-Authorization") != expected:
            self.send_response(407, "Proxy Authentication Required")
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.close_connection = True
            return False
        return True

    def _pump(self, far: socket.socket) -> None:
        pair = {self.connection: far, far: self.connection}
        with contextlib.suppress(OSError):
            while True:
                ready, _write, _error = select.select(list(pair), [], [])
                for source in ready:
                    data = source.recv(65536)
                    if not data:
                        return
                    pair[source].sendall(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def main() -> None:
    """Run the proxy until standard input ends."""
    Handler.log = Path(sys.argv[1])
    Handler.credentials = sys.argv[2] if len(sys.argv) > 2 else None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
