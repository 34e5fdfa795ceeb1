"""An HTTP proxy between prebake and a server of objects, which counts requests and does to some of them what networks do.

The client is told the proxy's address as the server's. Every byte goes on as it came, the Host header too, since a signature covers it.
Rules say which requests meet with a fault: `proxy.rule(Answer(503), "PUT .*npy", nth=2)`. Without rules, all pass.
"""

import re
import socket
import socketserver
import threading
import time
from dataclasses import dataclass, field

PIECE = 1 << 16
BODILESS = (204, 304)


class Cut(Exception):
    """Both connections of the request end here."""


class Head:
    """The first line and the headers of a request or an answer, with the bytes that they came in."""

    def __init__(self, stream):
        self.raw = b""
        while not self.raw.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                raise Cut
            self.raw += line
        self.first, *lines = self.raw.decode("latin-1").rstrip().split("\r\n")
        self.fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    @property
    def length(self):
        """Bytes of the body; none if it comes in chunks or not at all."""
        return int(self.fields.get("content-length", 0))

    def body(self, stream, has_body=True):
        """The pieces of the body, as they come."""
        if not has_body:
            return
        if "chunked" in self.fields.get("transfer-encoding", ""):
            size = None
            while size != 0:
                line = stream.readline()
                size = int(line.split(b";")[0], 16)
                yield line + stream.read(size + 2)
            return
        left = self.length
        while left > 0:
            piece = stream.read1(min(PIECE, left))
            if not piece:
                raise Cut
            left -= len(piece)
            yield piece


class Fault:
    """What happens to a request; each method gives the ordinary course."""

    def before(self, exchange):
        """Called when the head is there. True: the request has been dealt with."""

    def upload(self, pieces, length):
        return pieces

    def answered(self, exchange):
        """Called when the server's answer is there, before the client sees any of it."""

    def download(self, pieces, length):
        return pieces


@dataclass
class Answer(Fault):
    """Answers with `status` in place of the server."""

    status: int = 503
    code: str = "SlowDown"
    body: str = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>by the proxy</Message></Error>"

    def before(self, exchange):
        for _ in exchange.request.body(exchange.client):
            pass
        body = self.body.format(code=self.code).encode()
        lines = f"HTTP/1.1 {self.status} {self.code}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        exchange.send(lines.encode() + (b"" if exchange.method == "HEAD" else body))
        return True


class Drop(Fault):
    """Ends the connection without an answer; the server hears nothing."""

    def before(self, exchange):
        raise Cut


class Lose(Fault):
    """The server does what it is asked, and the client never hears of it."""

    def answered(self, exchange):
        raise Cut


@dataclass
class Delay(Fault):
    seconds: float

    def before(self, exchange):
        time.sleep(self.seconds)


@dataclass
class First(Fault):
    """Calls `action` with the request's path before it goes on."""

    action: callable

    def before(self, exchange):
        self.action(exchange.path)


def cut_after(pieces, count, length):
    """The first `count` bytes, or all but the last if there are fewer; then the connection ends."""
    left = min(count, length - 1) if length else count
    for piece in pieces:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            break
    raise Cut


def flipped(pieces, place):
    """The pieces, with one bit of the byte at `place` turned; of what is shorter, of the last byte."""
    content = bytearray(b"".join(pieces))
    if content:
        content[min(place, len(content) - 1)] ^= 1
    yield bytes(content)


@dataclass
class CutUpload(Fault):
    """Ends both connections after so many bytes of what is uploaded."""

    count: int

    def upload(self, pieces, length):
        return cut_after(pieces, self.count, length)


@dataclass
class CutDownload(Fault):
    """Ends both connections after so many bytes of the answer's body."""

    count: int

    def download(self, pieces, length):
        return cut_after(pieces, self.count, length)


@dataclass
class FlipUpload(Fault):
    """Turns a bit of what is uploaded."""

    place: int

    def upload(self, pieces, length):
        return flipped(pieces, self.place)


@dataclass
class Rule:
    fault: Fault
    match: re.Pattern
    nth: int | None
    every: int | None
    times: int | None
    seen: int = 0
    struck: int = 0

    def strikes(self, line):
        if not self.match.search(line):
            return False
        self.seen += 1
        due = self.seen == self.nth if self.nth else self.seen % self.every == 0 if self.every else True
        if not due or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True


@dataclass
class Exchange:
    """A request on its way."""

    client: object
    send: callable
    request: Head
    method: str = field(init=False)
    path: str = field(init=False)

    def __post_init__(self):
        self.method, self.path, _ = self.request.first.split(" ", 2)


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.server_connection = None
        try:
            while self.one():
                pass
        except (Cut, ConnectionError, TimeoutError, ValueError):
            pass
        finally:
            if self.server_connection:
                self.server_connection.close()

    def one(self):
        """Passes one request on, and its answer back. False: the connection is at its end."""
        exchange = Exchange(self.rfile, self.connection.sendall, Head(self.rfile))
        fault = self.server.proxy.met(f"{exchange.method} {exchange.path}")
        try:
            return self.passed(exchange, fault)
        finally:
            self.server.proxy.left()

    def passed(self, exchange, fault):
        if fault.before(exchange):
            return True
        if self.server_connection is None:
            self.server_connection = socket.create_connection(self.server.proxy.upstream, timeout=120)
            self.server_connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.answers = self.server_connection.makefile("rb")
        self.server_connection.sendall(exchange.request.raw)
        for piece in fault.upload(exchange.request.body(self.rfile), exchange.request.length):
            self.server_connection.sendall(piece)
        answer = Head(self.answers)
        while answer.first.split(" ")[1] == "100":
            answer = Head(self.answers)
        status = int(answer.first.split(" ")[1])
        self.server.proxy.heard(f"{exchange.method} {exchange.path}", status)
        fault.answered(exchange)
        self.connection.sendall(answer.raw)
        body = answer.body(self.answers, exchange.method != "HEAD" and status not in BODILESS)
        for piece in fault.download(body, answer.length):
            self.connection.sendall(piece)
        return "close" not in answer.fields.get("connection", "").lower()


class Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


class Proxy:
    """A proxy before `upstream` (host:port), for as long as the block lasts."""

    def __init__(self, upstream):
        host, _, port = upstream.rpartition(":")
        self.upstream = (host, int(port))
        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.listener.proxy = self
        self.address = f"127.0.0.1:{self.listener.server_address[1]}"
        self.lock = threading.Lock()
        self.reset()

    def __enter__(self):
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown()
        self.listener.server_close()

    def reset(self):
        """Forgets rules and counts."""
        with self.lock:
            self.rules, self.lines, self.done = [], [], []
            # Requests that are on their way, and the most that were at once.
            self.now = self.most = 0

    def rule(self, fault, match="", nth=None, every=None, times=None):
        """`fault` for requests whose `METHOD path?query` matches: for the nth, for every so many, `times` at most; by default for all."""
        rule = Rule(fault, re.compile(match), nth, every, times)
        with self.lock:
            self.rules.append(rule)
        return rule

    def met(self, line):
        with self.lock:
            self.lines.append(line)
            self.now += 1
            self.most = max(self.most, self.now)
            # Every rule counts every request that it matches.
            struck = [rule.fault for rule in self.rules if rule.strikes(line)]
        return struck[0] if struck else Fault()

    def left(self):
        with self.lock:
            self.now -= 1

    def heard(self, line, status):
        with self.lock:
            if 200 <= status < 300:
                self.done.append(line)

    def count(self, match="", done=False):
        """Requests that match; `done`: of those only what the server did, whatever became of its answer."""
        with self.lock:
            return sum(bool(re.search(match, line)) for line in (self.done if done else self.lines))
