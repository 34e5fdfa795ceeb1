"""Clients of the standard library for the other servers, with the few requests that the tests need: as `s3.Bucket`, but plainer."""

import base64
import datetime
import hashlib
import hmac
import json
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml

VERSION = "2021-12-02"
TIMEOUT = 60


def fetch(method, url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        return answer.read()


class Objects:
    """What both have in common."""

    def fill(self, prefix, files):
        for name, content in files.items():
            self.put(prefix + name, content)

    def read(self, prefix):
        """Every object below `prefix`, by the rest of its name."""
        return {name[len(prefix) :]: self.get(name) for name in self.listed(prefix)}


class Container(Objects):
    """A container of Azurite, with requests signed by the account's key (SharedKey)."""

    def __init__(self, address, name, account, secret):
        self.address, self.name, self.account, self.secret = address, name, account, base64.b64decode(secret)

    def request(self, method, name="", query=None, body=b"", **headers):
        path = urllib.parse.quote(f"/{self.account}/{self.name}" + (f"/{name}" if name else ""), "/")
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
        own = {"x-ms-date": now, "x-ms-version": VERSION, **{f"x-ms-{key.replace('_', '-')}": value for key, value in headers.items()}}
        kind = "application/octet-stream" if body else ""
        asked = "".join(f"\n{key}:{value}" for key, value in sorted((query or {}).items()))
        # Twelve headers, of which two are used; then our own; then what is asked for, after the account and the path.
        lines = [method, "", "", str(len(body)) if body else "", "", kind, *[""] * 6]
        lines += [f"{key}:{own[key]}" for key in sorted(own)] + [f"/{self.account}{path}{asked}"]
        digest = base64.b64encode(hmac.new(self.secret, "\n".join(lines).encode(), hashlib.sha256).digest()).decode()
        url = f"http://{self.address}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        sent = {
            **own,
            "Authorization": f"SharedKey {self.account}:{digest}",
            **({"Content-Type": kind} if kind else {"Content-Length": "0"}),
        }
        return fetch(method, url, body or None, sent)

    def create(self):
        self.request("PUT", query={"restype": "container"})
        return self

    def put(self, name, content):
        self.request("PUT", name, body=content, blob_type="BlockBlob")

    def get(self, name):
        return self.request("GET", name)

    def listed(self, prefix):
        answer = xml.fromstring(self.request("GET", query={"restype": "container", "comp": "list", "prefix": prefix}))
        return [blob.findtext("Name") for blob in answer.iter("Blob")]


class GoogleBucket(Objects):
    """A bucket of fake-gcs-server, which asks for no credentials."""

    def __init__(self, address, name):
        self.address, self.name = address, name

    def url(self, start, place=None, **query):
        place = "" if place is None else f"/{urllib.parse.quote(place, '')}"
        return f"http://{self.address}{start}/storage/v1/b/{self.name}/o{place}?{urllib.parse.urlencode(query)}"

    def create(self):
        fetch(
            "POST",
            f"http://{self.address}/storage/v1/b?project=test",
            json.dumps({"name": self.name}).encode(),
            {"Content-Type": "application/json"},
        )
        return self

    def put(self, name, content):
        fetch("POST", self.url("/upload", uploadType="media", name=name), content, {"Content-Type": "application/octet-stream"})

    def get(self, name):
        return fetch("GET", self.url("", name, alt="media"))

    def listed(self, prefix):
        return [item["name"] for item in json.loads(fetch("GET", self.url("", prefix=prefix))).get("items", [])]
