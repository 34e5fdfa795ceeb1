"""An S3 client of the standard library, with which the tests look at a bucket past prebake: nothing of it is prebake's own.

Objects are written and read as a bucket has them, whatever is in their keys; a request that fails is an exception.
"""

import datetime
import hashlib
import hmac
import http.client
import threading
import urllib.parse
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor

THREADS = 8


class Refused(Exception):
    """An answer that is no 2xx."""

    def __init__(self, method, key, status, body):
        super().__init__(f"{method} {key!r}: {status}: {body[:300]!r}")
        self.status = status


def quoted(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-_.~")


def signed(method, host, path, query, headers, body, key, secret, region):
    """The headers of a request with its signature (AWS Signature Version 4); `path` and `query` are quoted already."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    content = hashlib.sha256(body).hexdigest()
    headers = {**{name.lower(): value for name, value in headers.items()}, "host": host, "x-amz-date": now, "x-amz-content-sha256": content}
    names = sorted(headers)
    canonical = [method, path, query, *(f"{name}:{headers[name]}" for name in names), "", ";".join(names), content]
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    hashed = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    digest = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashed}"):
        digest = hmac.new(digest, part.encode(), hashlib.sha256).digest()
    credential = f"Credential={key}/{scope}, SignedHeaders={';'.join(names)}, Signature={digest.hex()}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {credential}"}


class Bucket:
    """One bucket of a server at `address` (host:port)."""

    def __init__(self, address, name, key, secret, region):
        self.address, self.name, self.key, self.secret, self.region = address, name, key, secret, region
        self.local = threading.local()

    def request(self, method, key="", query=None, body=b"", headers=None):
        """Status, headers and body of the answer; connections are kept, one for each thread."""
        path = quoted(f"/{self.name}" + (f"/{key}" if key else ""), "/")
        asked = "&".join(sorted(f"{quoted(name)}={quoted(value)}" for name, value in (query or {}).items()))
        sent = signed(method, self.address, path, asked, headers or {}, body, self.key, self.secret, self.region)
        url = path + (f"?{asked}" if asked else "")
        for last in (False, True):
            connection = getattr(self.local, "connection", None) or http.client.HTTPConnection(self.address, timeout=60)
            self.local.connection = connection
            try:
                connection.request(method, url, body=body or None, headers=sent)
                answer = connection.getresponse()
                content = answer.read()
                break
            except (http.client.HTTPException, ConnectionError):
                # A server may end a connection that was idle, of which the next request is told.
                self.local.connection = None
                connection.close()
                if last:
                    raise
        if not 200 <= answer.status < 300:
            raise Refused(method, key, answer.status, content)
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content

    def create(self):
        self.request("PUT")
        return self

    def put(self, key, body):
        self.request("PUT", key, body=body)

    def get(self, key):
        return self.request("GET", key)[2]

    def delete(self, key):
        self.request("DELETE", key)

    def listed(self, prefix=""):
        """Every object below `prefix`: its key, and what the listing says of it (bytes, ETag, time)."""
        found, token = {}, None
        while True:
            more = {"continuation-token": token} if token else {}
            answer = xml.fromstring(self.request("GET", query={"list-type": "2", "prefix": prefix, "encoding-type": "url", **more})[2])
            space = answer.tag.partition("}")[0] + "}"
            for entry in answer.iter(f"{space}Contents"):
                told = [entry.findtext(f"{space}{field}") for field in ("Key", "Size", "ETag", "LastModified")]
                found[urllib.parse.unquote_plus(told[0])] = tuple(told[1:])
            token = answer.findtext(f"{space}NextContinuationToken")
            if not token:
                return found

    def unfinished(self):
        """Keys of uploads in parts that were begun, and neither completed nor given up."""
        answer = xml.fromstring(self.request("GET", query={"uploads": ""})[2])
        space = answer.tag.partition("}")[0] + "}"
        return [upload.findtext(f"{space}Key") for upload in answer.iter(f"{space}Upload")]

    def read(self, prefix):
        """Every object below `prefix`, by the rest of its key. What goes meanwhile is left out: a server may still be at the last
        requests of a command that was killed."""

        def content(key):
            try:
                return self.get(key)
            except Refused as refused:
                if refused.status != 404:
                    raise
                return None

        keys = list(self.listed(prefix))
        found = zip((key[len(prefix) :] for key in keys), self.each(content, keys), strict=True)
        return {name: body for name, body in found if body is not None}

    def fill(self, prefix, files):
        self.each(lambda item: self.put(prefix + item[0], item[1]), files.items())

    def clear(self, prefix=""):
        self.each(self.delete, self.listed(prefix))

    @staticmethod
    def each(function, items):
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(function, items))
