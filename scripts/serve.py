"""Serve the built site on this machine: `python scripts/serve.py [folder]`.

The browser tests and the bench use the same server, below a path and with gzip, as a web host
would do it, and read the number of bytes it sent.
"""

import argparse
import errno
import gzip
import http.server
import threading
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]
TYPES = {".js": "text/javascript", ".woff": "font/woff", ".ipynb": "application/json"}
COMPRESSED = {".html", ".js", ".css", ".svg", ".json", ".txt", ".ipynb", ".inv", ".map"}


@lru_cache(maxsize=256)
def _gzip(path, modified):
    return gzip.compress(path.read_bytes(), 6)


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a body waits 40 ms until the browser confirms its headers

    def do_GET(self):
        folder, prefix = self.server.folder, self.server.prefix
        path = self.path.split("?")[0].split("#")[0]
        if path == prefix.rstrip("/") and prefix != "/":
            self.send_response(301)
            self.send_header("Location", prefix)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        file = None
        if path.startswith(prefix):
            file = (folder / unquote(path[len(prefix) :])).resolve()
            if file.is_dir():
                file = file / "index.html"
        if file is None or not file.is_relative_to(folder) or not file.is_file():
            self.send_error(404)
            return
        body = file.read_bytes()
        self.send_response(200)
        if file.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = _gzip(file, file.stat().st_mtime_ns)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", TYPES.get(file.suffix) or self.guess_type(str(file)))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.server.sent.append((path, len(body)))
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Serves `folder` at `http://127.0.0.1:<port><prefix>`.

    `sent` lists (path, bytes of the body as sent) of every answer. Use as a context manager, or
    call `serve_forever`. Raises FileNotFoundError where there is no site.
    """

    daemon_threads = True

    def __init__(self, folder, prefix="/", port=0):
        self.folder = Path(folder).resolve()
        if not (self.folder / "index.html").is_file():
            raise FileNotFoundError(f"no site in {folder}: run `make book` first")
        self.prefix = prefix
        self.sent = []
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}{prefix}"

    def handle_error(self, request, client_address):
        """A browser that closes a connection early is no error."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.shutdown()
        self.server_close()


def main():
    parser = argparse.ArgumentParser(description="Serve the built site on 127.0.0.1.")
    parser.add_argument("folder", nargs="?", default=ROOT / "_build" / "html", type=Path)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--prefix", default="/", help="the path below which to serve it")
    args = parser.parse_args()
    try:
        server = Server(args.folder, args.prefix, args.port)
    except FileNotFoundError as error:
        raise SystemExit(str(error)) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        server = Server(args.folder, args.prefix)
    print(f"The book is at {server.url} (stop with Ctrl+C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
