"""The demo's web address: a free port, and whether it answers."""

import http.client
import socket

LOOPBACK = "127.0.0.1"
PORTS_TRIED = 50


def free_port(wanted: int) -> int:
    """The wanted port or the next free one; 0 takes any."""
    for port in range(wanted, wanted + PORTS_TRIED) if wanted else [0]:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(sock.getsockname()[1])
    raise SystemExit(f"no free port from {wanted} to {wanted + PORTS_TRIED - 1}; give another in BACKOFFICE_PORT")


def answers(port: int, path: str) -> bool:
    """Whether a GET of the path on this machine gives 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
