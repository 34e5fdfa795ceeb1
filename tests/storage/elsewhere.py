"""The other kinds of URL, each once: Azure, Google Cloud (read only), HTTP and WebDAV (read only), file://, and S3 of another server."""

from case import Case, files, hashes
from others import Container, GoogleBucket
from proxy import Proxy
from servers import Azurite, Dav, Gcs, Moto
from together import claimed


def to_disk(case, server, url, what, proxy=None):
    """Pictures of a URL make the local dataset."""
    folder = case.folder()
    case.done(case.run(*case.build(url, folder), **server.variables(*([proxy.address] if proxy else []))), what)
    case.same(hashes(files(folder)), what)


def azure(case):
    with Azurite(case.tally.root / "azurite") as server:
        container = Container(server.address, "pictures", server.ACCOUNT, server.SECRET).create()
        container.fill("in/", files(case.pictures))
        to_disk(case, server, "az://pictures/in", "az:// to disk")
        for what, command in (
            ("az:// to az://", case.build("az://pictures/in", "az://pictures/out")),
            ("az://, again", case.build("az://pictures/in", "az://pictures/out")),
        ):
            result = case.run(*command, **server.variables())
            case.done(result, what)
            there = {name: content for name, content in container.read("out/").items() if not name.startswith(".prebake/")}
            case.same(hashes(there), what)
            case.check(("up to date" in result.stdout) == what.endswith("again"), f"{what}: {result.stdout}")
        for number in (1, 2):
            case.done(
                case.run(*case.build("az://pictures/in", "az://pictures/by-two", "--worker", f"{number}/2"), **server.variables()),
                f"az://, worker {number}",
            )
        case.done(case.run("commit", "az://pictures/by-two", **server.variables()), "az://, commit")
        case.done(case.run("verify", "az://pictures/by-two", **server.variables()), "az://, verify")
        wrong = {**server.variables(), "AZURE_STORAGE_ACCOUNT_KEY": "bm90IHRoZSBrZXk="}
        # With the emulator's name the library uses the emulator's own key, so only the container can be wrong.
        missing = case.run(*case.build("az://no-such-container/in", case.folder()), **wrong)
        case.refused(missing, (1, 2), ["no-such-container"], "az://, no such container")


def google(case):
    with Gcs(case.tally.root / "gcs") as server:
        bucket = GoogleBucket(server.address, "pictures").create()
        bucket.fill("in/", files(case.pictures))
        to_disk(case, server, "gs://pictures/in", "gs:// to disk")
        missing = case.run(*case.build("gs://no-such-bucket/in", case.folder()), **server.variables(), PREBAKE_RETRY_SECONDS="2")
        case.refused(missing, (1, 2), ["no-such-bucket"], "gs://, no such bucket")


def web(case):
    """A folder by WebDAV, in which names have spaces and signs; bounded requests, and the same bytes."""
    shown = case.tally.root / "shown"
    for name, content in files(case.pictures).items():
        file = shown / "all pictures" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    with Dav(case.tally.root / "dav", shown) as server, Proxy(server.address) as proxy:
        folder = case.folder()
        case.done(case.run(*case.build(f"http://{proxy.address}/all%20pictures/", folder), AWS_ALLOW_HTTP="true"), "http:// to disk")
        case.same(hashes(files(folder)), "http:// to disk")
        count = len(files(case.pictures))
        lists, reads = proxy.count("^PROPFIND"), proxy.count("^(GET|HEAD)")
        case.check(1 <= lists <= 8, f"http:// to disk: {lists} listings")
        case.check(count <= reads <= 2 * count + 2, f"http:// to disk: {reads} reads of {count} pictures")
        below = case.run(*case.build(f"http://{proxy.address}/all%20pictures/class-0", case.folder()))
        case.check(below.returncode in (0, 2), f"http:// below a folder: exit {below.returncode}: {below.stderr}")
        missing = case.run(*case.build(f"http://{proxy.address}/nothing", case.folder()))
        case.refused(missing, (1, 2), ["/nothing"], "http://, no such folder")


def local_urls(case):
    """file:// is a path."""
    folder = case.folder()
    case.done(case.run(*case.build(case.pictures.as_uri(), folder.as_uri())), "file:// to file://")
    case.same(hashes(files(folder)), "file:// to file://")


def other_s3(case):
    """Moto, which replaces on the condition of a quoted ETag, as S3 does."""
    with Moto(case.tally.root / "moto") as server:
        other = Case(case.tally, server, server.bucket("prebake-tests"))
        prefix = other.fresh()
        other.right(other.run(*other.build(other.input, other.url(prefix))), prefix, "Moto: bucket to bucket")
        again = other.run(*other.build(other.input, other.url(prefix)))
        other.check(again.returncode == 0 and "up to date" in again.stdout, f"Moto: again: {again}")
        prefix = other.fresh()
        commands = [other.build(other.input, other.url(prefix), "--worker", f"{number}/2") for number in (1, 2)]
        ended = other.at_once(*commands)
        other.check(all(code == 0 for code, _ in ended), f"Moto: two workers: {ended}")
        other.right(other.run("commit", other.url(prefix)), prefix, "Moto: commit")
        claimed(other)


ALL = (azure, google, web, local_urls, other_s3)
