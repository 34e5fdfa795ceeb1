"""What cannot work is told in one line, with the code that the same has on local disks, and nothing is touched.

And pictures that change in mid-run: an error, or a dataset as if they had always been so, but never a mixture.
"""

import json

from case import FIELDS, SIDE, files, hashes
from common import write_pictures, write_spec
from proxy import Drop, First, Proxy
from servers import free_port

OTHER = {**FIELDS, "seed": 8}
CHANGED = "pictures/class-0/0000003.ppm"


def credentials(case):
    prefix = case.fresh()
    for told, url in (("input", case.input), ("OUT", case.url(prefix))):
        command = case.build(url, case.folder()) if told == "input" else case.build(case.pictures, url)
        wrong = case.run(*command, AWS_SECRET_ACCESS_KEY="not-the-secret")
        case.refused(wrong, (1,), [url.split("/")[2]], f"a wrong secret, {told}")
        unknown = case.run(*command, AWS_ACCESS_KEY_ID="NOBODYKNOWSTHISKEY")
        case.refused(unknown, (1,), [url.split("/")[2]], f"an unknown key, {told}")
    for name in ("status", "verify", "commit"):
        wrong = case.run(name, case.url(prefix), AWS_SECRET_ACCESS_KEY="not-the-secret")
        case.refused(wrong, (1,), [case.bucket.name], f"{name} with a wrong secret")
    case.check(not case.bucket.listed(f"{prefix}/"), "wrong credentials wrote something")
    # The machine's own credentials are asked for at an address of the cloud's network, here at one where nobody is.
    nobody = {"AWS_METADATA_ENDPOINT": f"http://127.0.0.1:{free_port()}", "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    nobody["PREBAKE_RETRY_SECONDS"] = "2"
    for url in (case.input, case.url(prefix)):
        command = case.build(url, case.folder()) if url == case.input else case.build(case.pictures, url)
        case.refused(case.run(*command, **nobody), (1, 2), ["AWS_ACCESS_KEY_ID"], f"no credentials, {url}")
    public(case, nobody)


def public(case, nobody):
    """A bucket that anybody may read, without a signature; and one that is none."""
    unsigned = {**nobody, "AWS_SKIP_SIGNATURE": "true"}
    case.refused(case.run(*case.build(case.input, case.folder()), **unsigned), (1,), [case.bucket.name], "a private bucket, unsigned")
    other = case.server.bucket("prebake-public")
    places = [f"arn:aws:s3:::{other.name}", f"arn:aws:s3:::{other.name}/*"]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": places}
    other.request("PUT", query={"policy": ""}, body=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}).encode())
    other.fill("pictures/", files(case.pictures))
    folder = case.folder()
    case.done(case.run(*case.build(f"s3://{other.name}/pictures", folder), **unsigned), "a public bucket, unsigned")
    case.same(hashes(files(folder)), "a public bucket, unsigned")


def not_there(case):
    """A bucket, a prefix, an object, a server that is not there."""
    missing = "s3://prebake-no-such-bucket/there"
    case.refused(case.run(*case.build(missing, case.folder())), (1, 2), ["prebake-no-such-bucket"], "no such bucket, input")
    case.refused(case.run(*case.build(case.pictures, missing)), (1, 2), ["prebake-no-such-bucket"], "no such bucket, OUT")
    for name in ("status", "verify", "commit"):
        case.refused(case.run(name, missing), (1, 10), ["prebake-no-such-bucket"], f"{name}, no such bucket")
    local = case.folder()
    local.mkdir()
    here = case.run(*case.build(local, case.folder()))
    empty = case.run(*case.build(case.url("nothing-here"), case.folder()))
    case.refused(empty, (here.returncode,), ["nothing-here"], "a prefix that nothing is below")
    case.bucket.fill("no-pictures/", {"a.txt": b"text", "b/": b""})
    case.refused(
        case.run(*case.build(case.url("no-pictures"), case.folder())), (here.returncode,), ["no-pictures"], "a prefix without pictures"
    )
    archive = case.run(*case.build(case.url("nothing-here.tar"), case.folder()))
    case.refused(archive, (1, 2), ["nothing-here.tar"], "no such object")
    nobody = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}", "PREBAKE_RETRY_SECONDS": "2"}
    closed = case.run(*case.build(case.input, case.folder()), **nobody)
    case.refused(closed, (1,), [case.bucket.name], "no server")
    folder = case.folder()
    plain = case.run(*case.build(case.input, folder), AWS_ALLOW_HTTP=None)
    if plain.returncode == 0:
        case.same(hashes(files(folder)), "http without AWS_ALLOW_HTTP")
    else:
        case.refused(plain, (1, 2), ["AWS_ALLOW_HTTP"], "http without AWS_ALLOW_HTTP")


def wrong_urls(case):
    for url in ("s3://", "s3:///pictures", "ftp://bucket/pictures", "s4://bucket/pictures"):
        case.refused(case.run(*case.build(url, case.folder())), (2,), ["prebake: error: "], f"input {url}")
    written = case.run(*case.build(case.pictures, f"http://{case.server.address}/x"))
    case.refused(written, (2,), ["http"], "OUT by http")
    # Keys that no path can name: told, or left out by a rule, but never a listing that breaks off.
    for name in ("a//b.ppm", "x/../y.ppm", "./z.ppm"):
        case.bucket.fill("strange/", {**files(case.pictures), name: files(case.pictures)["class-0/0000000.ppm"]})
        prefix = case.fresh()
        result = case.run(*case.build(case.url("strange"), case.url(prefix)))
        if result.returncode == 0:
            case.same(case.tree(prefix), f"a key {name!r} beside pictures")
        else:
            case.refused(result, (1, 2), [name], f"a key {name!r} beside pictures")
        case.bucket.clear("strange/")


def not_ours(case):
    """OUT that holds another plan's dataset, or what is none of ours: refused as on a disk, and as it was."""
    other = write_spec(case.tally.root / "other.json", **OTHER)
    prefix, folder = case.fresh(), case.folder()
    for out in (case.url(prefix), folder):
        case.done(case.run(*case.build(case.pictures, out)), "the first plan")
    before = case.bucket.listed(f"{prefix}/")
    there, here = (case.run(*case.build(case.pictures, out, spec=other)) for out in (case.url(prefix), folder))
    case.check(
        there.returncode == here.returncode == 2, f"another plan: exit {there.returncode}, {here.returncode} locally: {there.stderr}"
    )
    case.check("spec.seed" in there.stderr, f"another plan: does not say what differs: {there.stderr}")
    worker = case.run(*case.build(case.pictures, case.url(prefix), "--worker", "1/2", spec=other))
    case.check(worker.returncode == 2, f"a worker of another plan: exit {worker.returncode}: {worker.stderr}")
    case.check(case.bucket.listed(f"{prefix}/") == before, "another plan: something was touched")
    for name in ("notes.txt", "train/epoch-000/mine.npy"):
        prefix = case.fresh()
        case.bucket.put(f"{prefix}/{name}", b"mine")
        before = case.bucket.listed(f"{prefix}/")
        result = case.run(*case.build(case.pictures, case.url(prefix)))
        case.refused(result, (2,), [prefix], f"a foreign object {name} in OUT")
        case.check(case.bucket.listed(f"{prefix}/") == before, f"a foreign object {name} in OUT: something was touched")
    unfinished(case, other)


def unfinished(case, other):
    """What another plan began is not gone on with."""
    prefix = case.fresh()
    case.done(case.run(*case.build(case.pictures, case.url(prefix), "--worker", "1/2")), "the first plan's worker")
    before = case.bucket.listed(f"{prefix}/")
    result = case.run(*case.build(case.pictures, case.url(prefix), "--worker", "2/2", spec=other))
    case.check(result.returncode == 2, f"a worker of a plan other than the first's: exit {result.returncode}: {result.stderr}")
    case.check(case.bucket.listed(f"{prefix}/") == before, "a worker of a plan other than the first's: something was touched")
    case.done(case.run(*case.build(case.pictures, case.url(prefix), "--worker", "2/2")), "the first plan's other worker")
    case.right(case.run("commit", case.url(prefix)), prefix, "after a refusal")


def other_commands(case):
    """What does not serve URLs says so, and touches nothing; what replaces a dataset gives the local one, or refuses."""
    prefix, folder = case.fresh(), case.folder()
    url = case.url(prefix)
    for out in (url, folder):
        case.done(case.run(*case.build(case.pictures, out)), "a dataset")
    before = case.bucket.listed(f"{prefix}/")
    commands = [["diff", url, case.pictures], ["repair", url, "--input", case.pictures], ["explain", url, "--epoch", 0, "--row", 0]]
    commands += [["export", url, case.folder(), "--to", "folder"], ["stats", url], ["verify", url, "--deep", 1, "--input", case.pictures]]
    for command in commands:
        there = case.run(*command)
        if there.returncode != 0:
            case.refused(there, (1, 2, 10), [prefix], f"{command[0]} of a URL")
        case.check(case.bucket.listed(f"{prefix}/") == before, f"{command[0]} of a URL: something was touched")
        print(f"note: {command[0]} of a URL: exit {there.returncode}: {there.stderr.strip()[:160]}")
    other = write_spec(case.tally.root / "other.json", **OTHER)
    for told, more, spec in (("--force", ["--force"], other), ("more epochs", ["--epochs", 4, "--update"], case.spec)):
        prefix = case.fresh()
        case.done(case.run(*case.build(case.pictures, case.url(prefix))), "a dataset")
        before = case.bucket.listed(f"{prefix}/")
        result = case.run(*case.build(case.pictures, case.url(prefix), *more, spec=spec))
        print(f"note: {told} of a URL: exit {result.returncode}: {result.stderr.strip()[:160]}")
        if result.returncode == 0:
            expected = case.local(case.pictures, *more[:2] if told != "--force" else (), spec=spec)
            case.right(result, prefix, f"{told} of a URL", expected)
        else:
            case.refused(result, (2,), ["prebake: error: "], f"{told} of a URL")
            case.check(case.bucket.listed(f"{prefix}/") == before, f"{told} of a URL: something was touched")


class Changing:
    """Pictures in a bucket, of which one changes when it is asked for the nth time."""

    def __init__(self, case):
        self.case = case
        self.before = files(case.pictures)
        folder = case.tally.root / "changed"
        write_pictures(folder, 1, SIDE + 1)
        name = CHANGED.partition("/")[2]
        new = files(folder)["class-0/0000000.ppm"]
        self.after = {**self.before, name: new}
        whole = case.tally.root / "changed-whole"
        for path, content in self.after.items():
            (whole / path).parent.mkdir(parents=True, exist_ok=True)
            (whole / path).write_bytes(content)
        self.known = [case.expected, case.local(whole)]

    def change(self, *_):
        self.case.bucket.put(CHANGED, self.after[CHANGED.partition("/")[2]])

    def restore(self):
        self.case.bucket.put(CHANGED, self.before[CHANGED.partition("/")[2]])


def in_mid_run(case):
    """A picture that is replaced after the listing: an error that names it, or a dataset as if it had always been so; never a mixture."""
    changing = Changing(case)
    case.check(changing.known[0] != changing.known[1], "the change changes nothing")
    with Proxy(case.server.address) as proxy:
        for nth in (1, 2):
            prefix = case.fresh()
            proxy.reset()
            rule = proxy.rule(First(changing.change), f"^(GET|HEAD) .*{CHANGED}", nth=nth)
            result = case.run(*case.build(case.input, case.url(prefix)), proxy=proxy)
            changing.restore()
            what = f"a picture replaced before read {nth}"
            if rule.struck == 0:
                case.check(nth > 1 and result.returncode == 0, f"{what}: was never read: exit {result.returncode}: {result.stderr}")
            elif result.returncode == 0:
                case.check(case.tree(prefix) in changing.known, f"{what}: a mixture")
            else:
                case.refused(result, (1, 11), [CHANGED.partition("/")[2]], what, most=2)
                case.nothing_half(prefix, what)
            print(f"note: {what}: struck {rule.struck}, exit {result.returncode}: {result.stderr.strip()[:200]}")
    left_out(case, changing)
    between_workers(case, changing)
    with_a_frozen_plan(case, changing)


def left_out(case, changing):
    """`--on-error skip` leaves out pictures that are bad, not those that changed, went, or could not be fetched."""
    name = CHANGED.partition("/")[2]
    acts = [("replaced", First(changing.change)), ("removed", First(lambda _: case.bucket.delete(CHANGED))), ("out of reach", Drop())]
    with Proxy(case.server.address) as proxy:
        for told, fault in acts:
            prefix = case.fresh()
            proxy.reset()
            rule = proxy.rule(fault, f"^(GET|HEAD) .*{CHANGED}")
            command = case.build(case.input, case.url(prefix), "--on-error", "skip")
            result = case.run(*command, proxy=proxy, PREBAKE_RETRY_SECONDS="2")
            changing.restore()
            case.check(rule.struck > 0, f"--on-error skip, a picture {told}: was never read")
            case.refused(result, (1, 11), [name], f"--on-error skip, a picture {told}", most=2)
            case.nothing_half(prefix, f"--on-error skip, a picture {told}")


def between_workers(case, changing):
    prefix = case.fresh()
    url = case.url(prefix)
    case.done(case.run(*case.build(case.input, url, "--worker", "1/2")), "worker 1 before the change")
    changing.change()
    second, commit = case.run(*case.build(case.input, url, "--worker", "2/2")), case.run("commit", url)
    changing.restore()
    case.check(second.returncode not in (0, None), f"worker 2 after the change: exit {second.returncode}: {second.stderr}")
    case.check(commit.returncode not in (0, None), f"commit after the change: exit {commit.returncode}: {commit.stderr}")
    case.nothing_half(prefix, "a picture replaced between two workers")


def with_a_frozen_plan(case, changing):
    """The listing was frozen: any change after that is an error."""
    plan = case.tally.root / "frozen.json"
    case.done(case.run("plan", case.input, "--spec", case.spec, "--batches-per-shard", 1, "--out", plan), "plan --out frozen.json")
    case.check(CHANGED.rpartition("/")[2] in plan.read_text(), "the frozen plan does not name the pictures")
    json.loads(plan.read_text())
    for told, act in (
        ("replaced", changing.change),
        ("of the same size replaced", lambda: same_size(case)),
        ("gone", lambda: case.bucket.delete(CHANGED)),
    ):
        prefix = case.fresh()
        act()
        result = case.run("build", case.input, "--plan", plan, "--out", case.url(prefix))
        changing.restore()
        case.refused(result, (1, 11), [CHANGED.partition("/")[2]], f"a frozen plan, a picture {told}")
        case.nothing_half(prefix, f"a frozen plan, a picture {told}")


def same_size(case):
    """Another content with the same length, so that only the ETag tells."""
    content = case.bucket.get(CHANGED)
    case.bucket.put(CHANGED, content[:-1] + bytes([content[-1] ^ 1]))


ALL = (credentials, not_there, wrong_urls, not_ours, other_commands, in_mid_run)
