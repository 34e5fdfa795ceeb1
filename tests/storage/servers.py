"""Real servers of objects on loopback, each a process of its own for as long as a block lasts: README.md says which, and why.

Each has an `address` and gives the environment in which prebake reaches it, straight or by a proxy's address.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
import venv
from pathlib import Path

from s3 import Bucket

ROOT = Path(__file__).parents[2]
HOME = ROOT / "target" / "venv-storage"
KEY, SECRET, REGION = "PREBAKETESTKEY", "prebake-test-secret", "us-east-1"
START, STOP = 60, 2
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Missing(Exception):
    """A server is not installed; the message says how it is."""


def program(name, remedy):
    """The path of a program: of the path, of the environment of the tests, or of npm's folder below target/."""
    places = (HOME / "bin", ROOT / "target" / "tools" / "node_modules" / ".bin")
    found = shutil.which(name) or next((str(place / name) for place in places if (place / name).exists()), None)
    if not found:
        raise Missing(f"{name}: not found ({remedy})")
    return found


def environment():
    """Makes the virtual environment of the servers that come from PyPI, if it is not there or other than required."""
    required = Path(__file__).with_name("requirements.txt")
    made = HOME / "made-of"
    if made.exists() and made.read_text() == required.read_text():
        return
    venv.create(HOME, with_pip=True, clear=True)
    pip = [HOME / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "-r", required]
    subprocess.run(pip, check=True)
    made.write_text(required.read_text())


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def die_with_parent():
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)


class Server:
    """Processes that write to log files in `folder`, and end with the block, or with the test if it is killed."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def __enter__(self):
        self.folder.mkdir(parents=True)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.terminate()
        for process in reversed(self.running):
            try:
                process.wait(STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def spawn(self, *command, **options):
        log = (self.folder / f"{len(self.running)}.out").open("wb")
        streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
        process = subprocess.Popen([str(part) for part in command], preexec_fn=die_with_parent, **streams, **options)
        self.running.append(process)

    def listens(self, port):
        """Waits until something answers on the port in HTTP."""
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            for process in self.running:
                if process.poll() is not None:
                    said = "".join(path.read_text(errors="replace")[-2000:] for path in sorted(self.folder.glob("*.out")))
                    raise RuntimeError(f"{process.args[0]}: ended with {process.returncode}: {said}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.running[-1].args[0]}: does not answer on port {port}")


class S3(Server):
    """What servers of S3 have in common."""

    def variables(self, address=None, secret=SECRET):
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": f"http://{address or self.address}",
            "AWS_ALLOW_HTTP": "true",
        }

    def bucket(self, name):
        return Bucket(self.address, name, KEY, SECRET, REGION).create()


CEPH = """[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{monitor}/0
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
# Without keys there are no secrets to encrypt with, which radosgw would insist on.
ms mon client mode = crc
ms bind ipv6 = false
run dir = {folder}
admin socket =
pid file =
log file = {folder}/$name.log
mon cluster log file = {folder}/cluster.log
# One copy of everything, in memory; pools are made at the first start, so the monitor is not to wait.
osd pool default size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
mon allow pool size one = true
paxos propose interval = 0.02
paxos min wait = 0.01
[mon.a]
mon data = {folder}/mon
[osd.0]
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 8589934592
[client.rgw]
rgw data = {folder}/rgw
# Without tcp_nodelay an answer waits 40 ms for the acknowledgement of its first part.
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
"""


class Ceph(S3):
    """Ceph's S3 gateway before a cluster of one monitor and one store."""

    REMEDY = "apt-get install --no-install-recommends radosgw ceph-mon ceph-osd"

    def start(self):
        programs = {name: program(name, self.REMEDY) for name in ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")}
        cluster, store, monitor, port = uuid.uuid4(), uuid.uuid4(), free_port(), free_port()
        for name in ("mon", "osd", "rgw"):
            (self.folder / name).mkdir()
        settings, known = self.folder / "ceph.conf", self.folder / "monmap"
        settings.write_text(CEPH.format(fsid=cluster, monitor=monitor, port=port, folder=self.folder))

        def command(name, *arguments):
            return [programs[name], "-c", settings, *arguments]

        def run(*line):
            subprocess.run([str(part) for part in line], check=True, capture_output=True, timeout=START)

        run(programs["monmaptool"], "--create", "--fsid", cluster, "--addv", "a", f"[v2:127.0.0.1:{monitor}]", known)
        run(*command("ceph-mon", "--mkfs", "-i", "a", "--monmap", known))
        self.spawn(*command("ceph-mon", "-i", "a", "-f"))
        run(*command("ceph", "osd", "new", store))
        run(*command("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store))
        self.spawn(*command("ceph-osd", "-i", "0", "-f"))
        user = ["--uid=test", "--display-name=test", f"--access-key={KEY}", f"--secret={SECRET}"]
        run(*command("radosgw-admin", "-n", "client.rgw", "user", "create", *user))
        self.spawn(*command("radosgw", "-n", "client.rgw", "-f"))
        self.listens(port)
        self.address = f"127.0.0.1:{port}"


class Moto(S3):
    """Moto as a process of its own: what Ceph of Debian 12 has not, replacing on the condition of a quoted ETag."""

    def start(self):
        environment()
        port = free_port()
        self.spawn(program("moto_server", "tests/storage/requirements.txt"), "-H", "127.0.0.1", "-p", port)
        self.listens(port)
        self.address = f"127.0.0.1:{port}"


class Azurite(Server):
    """Microsoft's emulator of Azure's blobs, with its published account."""

    ACCOUNT = "devstoreaccount1"
    SECRET = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

    def start(self):
        azurite = program("azurite-blob", "npm install --prefix target/tools azurite@3.35.0")
        port = free_port()
        where = ["--blobHost", "127.0.0.1", "--blobPort", port, "--location", self.folder]
        self.spawn(azurite, *where, "--silent", "--skipApiVersionCheck", "--disableTelemetry")
        self.listens(port)
        self.address = f"127.0.0.1:{port}"

    def variables(self, address=None):
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": self.ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": self.SECRET,
            "AZURE_STORAGE_USE_EMULATOR": "true",
            "AZURITE_BLOB_STORAGE_URL": f"http://{address or self.address}",
            "AZURE_ALLOW_HTTP": "true",
        }


class Gcs(Server):
    """fake-gcs-server, whose binary comes in a wheel."""

    def start(self):
        environment()
        found = sorted(HOME.glob("lib/python*/site-packages/**/fake-gcs-server*"))
        binary = next((path for path in found if path.is_file() and os.access(path, os.X_OK)), None)
        if binary is None:
            raise Missing("fake-gcs-server: not found (tests/storage/requirements.txt)")
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        where = ["-scheme", "http", "-host", "127.0.0.1", "-port", port, "-backend", "memory"]
        self.spawn(binary, *where, "-external-url", f"http://{self.address}", "-public-host", self.address)
        self.listens(port)

    def variables(self, address=None):
        account = {
            "gcs_base_url": f"http://{address or self.address}",
            "disable_oauth": True,
            "client_email": "",
            "private_key": "",
            "private_key_id": "",
        }
        file = self.folder / "account.json"
        file.write_text(json.dumps(account))
        return {"GOOGLE_SERVICE_ACCOUNT": str(file), "GOOGLE_ALLOW_HTTP": "true"}


class Dav(Server):
    """WsgiDAV: a folder by HTTP, listed by WebDAV, read-only."""

    def __init__(self, folder, shown):
        super().__init__(folder)
        self.shown = shown

    def start(self):
        environment()
        port = free_port()
        where = ["--host", "127.0.0.1", "--port", port, "--root", self.shown, "--auth", "anonymous", "--server", "cheroot"]
        self.spawn(program("wsgidav", "tests/storage/requirements.txt"), *where, "--no-config", cwd=self.folder)
        self.listens(port)
        self.address = f"127.0.0.1:{port}"
