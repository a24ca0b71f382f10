"""Debian's nginx with one site for each thing that goes wrong with a file."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.http_server import _self_signed
from tests.ports import free_port
from tests.servers.programs import program, running
from tests.servers.zones import PARENT, VALUE
from verification.methods.file import PATH

# Host label: what nginx does there. {folder} holds the files.
SITES = {
    "file-fine": f'return 200 "{VALUE}\\n";',
    "file-redirected": f"return 301 http://file-fine.{PARENT}$request_uri;",
    "file-secure": "return 301 https://$host$request_uri;",
    "file-absent": "return 404;",
    "file-gone": "return 410;",
    "file-status": "return 403;",
    "file-html": "default_type text/html; return 200 '<!doctype html><title>Welcome</title>';",
    "file-captive": (
        "default_type text/html;\n"
        "if ($request_uri !~ ^/sign-in) { return 302 /sign-in; }\n"
        "return 200 '<html><body>Sign in</body></html>';"
    ),
    "file-loop": "return 302 $request_uri;",
    "file-wrong": 'return 200 "something else";',
    "file-extra": f'return 200 "value: {VALUE}";',
    "file-unicode": "root {folder}; try_files /unicode.txt =404;",
    "file-bom": "root {folder}; try_files /bom.txt =404;",
    "file-port": f"return 302 http://$host:8080{PATH};",
    "file-scheme": "return 302 ftp://$host/;",
    "file-inside": "return 302 http://10.0.0.1/;",
    # A page that repeats its address, and a redirect that puts the value there.
    "file-echoed": (
        f'if ($request_uri !~ {VALUE}) {{ return 302 /{VALUE}; }}\nreturn 200 "{VALUE}";'
    ),
    "file-large": "root {folder}; try_files /large.txt =404;",
    "file-slow": "limit_rate 8; root {folder}; try_files /bom.txt =404;",
    "file-tls": "return 301 https://$host$request_uri;",
}
SETTINGS = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 128; }}
http {{
  access_log off; default_type text/plain; server_tokens off; absolute_redirect off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {servers}
  server {{
    listen 127.0.0.1:{https} ssl; server_name file-secure.{parent};
    ssl_certificate {folder}/both.pem; ssl_certificate_key {folder}/both.pem;
    location / {{ return 200 "{value}"; }}
  }}
  server {{
    listen 127.0.0.1:{https} ssl default_server; ssl_reject_handshake on;
  }}
}}
"""
SERVER = """
  server {{
    listen 127.0.0.1:{http}; server_name {name};
    location / {{ {does} }}
  }}
"""


@dataclass(frozen=True)
class Nginx:
    http: int
    https: int


def hosts() -> list[str]:
    """The lines of the parent zone that name the sites."""
    return [*(f"{label} A 127.0.0.1" for label in SITES), "file-private A 10.0.0.1",
            "file-unreachable A 127.0.0.9"]  # fmt: skip


def _is_listening(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(folder: Path) -> Iterator[Nginx]:
    folder.mkdir()
    (folder / "unicode.txt").write_bytes(VALUE.encode("utf-16"))
    (folder / "bom.txt").write_bytes(VALUE.encode("utf-8-sig"))
    (folder / "large.txt").write_bytes(b"x" * 70_000)
    (folder / "both.pem").write_bytes(_self_signed())
    server = Nginx(free_port(), free_port())
    servers = "".join(
        SERVER.format(
            http=server.http, name=f"{label}.{PARENT}", does=does.replace("{folder}", str(folder))
        )
        for label, does in SITES.items()
    )
    file = folder / "nginx.conf"
    file.write_text(
        SETTINGS.format(
            folder=folder, servers=servers, https=server.https, parent=PARENT, value=VALUE
        )
    )
    command = [program("nginx"), "-c", str(file), "-e", "stderr"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with running(command, folder / "nginx.log", lambda: _is_listening(server.https)):
        yield server
