"""The same bytes, wherever pictures and dataset are: in a bucket, on a disk, built by one or by many."""

import shutil

from case import SIDE, WORK, files, hashes
from common import write_pictures, write_spec
from proxy import Proxy

ODD = [
    "a space/two  spaces.ppm", "percent/100%.ppm", "percent/%41.ppm", "percent/%2F.ppm", "plus/a+b.ppm", "größe 日本/ünï.ppm",
    "quotes/it's.ppm", 'quotes/"so".ppm', "signs/a&b=c?d#e.ppm", "signs/~!@$^()[]{},;.ppm", "signs/a:b|c<d>e*.ppm",
    "dots/a..b.ppm", "dots/.hidden.ppm",
]  # fmt: skip
MANY, PAGE = 2500, 1000
# Shards of 72 MiB: more than what is one request.
STACK = 384
BIG = {"epochs": 1, "split": None, "batch_size": STACK, "pipeline": [{"op": "resize", "width": 256, "height": 256}]}
LISTS, MANIFESTS = r"^GET /[^/]+/?\?.*list-type", r"^PUT .*/dataset\.json"


def places(case):
    """Input and output, each in a bucket or on a disk."""
    prefix, folder = case.fresh(), case.folder()
    case.right(case.run(*case.build(case.pictures, case.url(prefix))), prefix, "disk to bucket")
    case.done(case.run(*case.build(case.input, folder)), "bucket to disk")
    case.same(hashes(files(folder)), "bucket to disk")
    both = case.fresh()
    case.right(case.run(*case.build(case.input, case.url(both))), both, "bucket to bucket")
    slash = case.fresh()
    case.right(case.run(*case.build(case.input + "/", case.url(slash) + "/")), slash, "URLs that end in a slash")
    nested = f"{case.fresh()}/a b+ü/c"
    case.right(case.run(*case.build(case.input, case.url(nested))), nested, "a prefix with a space, a plus and an umlaut")
    left = len(case.bucket.listed(f"{both}/{WORK}"))
    print(f"note: objects below OUT/{WORK} after a build: {left}")


def again(case):
    """A second run sees that all is there, writes nothing, and asks for little."""
    prefix = case.fresh()
    with Proxy(case.server.address) as proxy:
        case.right(case.run(*case.build(case.input, case.url(prefix)), proxy=proxy), prefix, "built by the proxy")
        first, before = proxy.count(), case.bucket.listed(f"{prefix}/")
        proxy.reset()
        result = case.run(*case.build(case.input, case.url(prefix)), proxy=proxy)
        case.done(result, "built again")
        case.check("up to date" in result.stdout, f"built again: {result.stdout}")
        case.check(proxy.count("^(PUT|POST|DELETE)", done=True) == 0, f"built again: writes: {proxy.done}")
        case.check(case.bucket.listed(f"{prefix}/") == before, "built again: objects changed")
        of_out = proxy.count(f"/{prefix}(/|\\b)|prefix={prefix}")
        case.check(0 < of_out <= 12, f"built again: {of_out} requests for OUT: {proxy.lines}")
        of_input = proxy.count() - of_out
        case.check(of_input <= 2 * len(files(case.pictures)) + 4, f"built again: {of_input} requests for the input: {proxy.lines}")
        print(f"note: requests of a build {first}, of the second run {of_out} for OUT and {of_input} for the input")


def workers(case):
    """Three workers, one after another and at once; a commit too early, in time, and a second one."""
    for name, at_once in (("in turn", False), ("at once", True)):
        prefix = case.fresh()
        url = case.url(prefix)
        commands = [case.build(case.input, url, "--worker", f"{number}/3") for number in (1, 2, 3)]
        if at_once:
            for number, (code, said) in enumerate(case.at_once(*commands)):
                case.check(code == 0, f"worker {number + 1} {name}: exit {code}: {said}")
        else:
            case.done(case.run(*commands[0]), f"worker 1 {name}")
            made = case.nothing_half(prefix, "after the first of three workers")
            case.check(made > 0, "the first of three workers made nothing that is seen")
            early = case.run("commit", url)
            case.check(early.returncode not in (0, None), f"commit after one of three workers: exit {early.returncode}")
            case.nothing_half(prefix, "after a commit too early")
            for number in (2, 3):
                case.done(case.run(*commands[number - 1]), f"worker {number} {name}")
        case.nothing_half(prefix, f"workers {name}, before the commit")
        case.right(case.run("commit", url), prefix, f"workers {name}, then commit")
        before = case.bucket.listed(f"{prefix}/")
        case.done(case.run("commit", url), f"workers {name}, committed twice")
        case.check(case.bucket.listed(f"{prefix}/") == before, f"workers {name}: the second commit changed objects")


def frozen(case):
    """A listing that was frozen gives the same dataset, and workers that use it list nothing."""
    plan = case.tally.root / "plan.json"
    case.done(case.run("plan", case.input, "--spec", case.spec, "--batches-per-shard", 1, "--out", plan), "plan --out plan.json")
    prefix = case.fresh()
    with Proxy(case.server.address) as proxy:
        for number in (1, 2):
            command = ["build", case.input, "--plan", plan, "--out", case.url(prefix), "--worker", f"{number}/2"]
            case.done(case.run(*command, proxy=proxy), f"worker {number} of a frozen plan")
        listed = proxy.count(f"{LISTS}.*prefix=pictures")
        case.check(listed == 0, f"two workers of a frozen plan listed the input {listed} times")
    case.right(case.run("commit", case.url(prefix)), prefix, "workers of a frozen plan")


def odd_keys(case):
    """Keys that must be quoted in a URL, in XML, or in both; and folders' markers."""
    folder = case.tally.root / "odd"
    write_pictures(folder, len(ODD), SIDE, classes=1)
    for name, file in zip(ODD, sorted((folder / "class-0").iterdir()), strict=True):
        (folder / name).parent.mkdir(exist_ok=True)
        file.rename(folder / name)
    (folder / "class-0").rmdir()
    expected, prefix = case.local(folder), case.fresh()
    case.bucket.fill("odd pictures/", files(folder))
    case.right(case.run(*case.build(case.url("odd pictures"), case.url(prefix))), prefix, "odd keys", expected)
    # A console's "new folder": an empty object whose key ends in a slash.
    case.bucket.fill("marked/", {**files(case.pictures), "": b"", "class-0/": b"", "nothing in here/": b""})
    prefix = case.fresh()
    case.right(case.run(*case.build(case.url("marked"), case.url(prefix))), prefix, "folders' markers")
    # A prefix is a folder: what only begins with the same letters is not in it.
    case.bucket.fill("pictures-other/", {"class-9/x.ppm": b"no picture"})
    prefix = case.fresh()
    case.right(case.run(*case.build(case.input, case.url(prefix))), prefix, "a neighbour whose name begins so")


def many(case):
    """More objects than a page of a listing has: each page once, each picture read a bounded number of times."""
    folder = case.tally.root / "many"
    write_pictures(folder, MANY, 4)
    spec = write_spec(
        case.tally.root / "many.json", epochs=1, split=None, batch_size=256, pipeline=[{"op": "resize", "width": 4, "height": 4}]
    )
    expected, prefix = case.local(folder, spec=spec), case.fresh()
    case.bucket.fill("many/", files(folder))
    shutil.rmtree(folder)
    with Proxy(case.server.address) as proxy:
        result = case.run(*case.build(case.url("many"), case.url(prefix), spec=spec), proxy=proxy)
        case.right(result, prefix, "2,500 objects", expected)
        lists, reads = proxy.count(f"{LISTS}.*prefix=many"), proxy.count(r"^(GET|HEAD) .*/many/.*\.ppm")
        pages = -(-MANY // PAGE)
        case.check(pages <= lists <= 2 * pages, f"2,500 objects: {lists} pages listed")
        case.check(MANY <= reads <= 2 * MANY, f"2,500 objects: {reads} reads")
        print(f"note: 2,500 objects: {lists} pages listed, {reads} reads, {proxy.count()} requests in all")


def big(case):
    """A shard that is uploaded in parts; it is seen only when all are there."""
    folder = case.tally.root / "big"
    write_pictures(folder, STACK, 8)
    spec = write_spec(case.tally.root / "big.json", **BIG)
    expected, prefix = case.local(folder, spec=spec), case.fresh()
    with Proxy(case.server.address) as proxy:
        result = case.run(*case.build(folder, case.url(prefix), spec=spec), proxy=proxy)
        case.right(result, prefix, "a shard of 72 MiB", expected)
        case.check(proxy.count(r"^PUT .*partNumber=2") >= 1, "a shard of 72 MiB: was not uploaded in parts")


def looks(case):
    """`status`, `verify` and `commit` of a URL say what they say of a folder."""
    prefix, folder = case.fresh(), case.folder()
    url = case.url(prefix)
    for name, command in (("status", ["status"]), ("verify", ["verify"]), ("commit", ["commit"])):
        there, here = case.run(*command, url), case.run(*command, folder)
        case.check(
            there.returncode == here.returncode == 10, f"{name} of nothing: {there.returncode}, {here.returncode} locally: {there.stderr}"
        )
    for out in (url, folder):
        case.done(case.run(*case.build(case.pictures, out, "--worker", "1/2")), "worker 1 of 2")
    for stage in ("unfinished", "finished"):
        there, here = case.run("status", url, "--json"), case.run("status", folder, "--json")
        case.check(
            there.returncode == here.returncode, f"status of what is {stage}: {there.returncode}, {here.returncode} locally: {there.stderr}"
        )
        if stage == "unfinished":
            for out in (url, folder):
                case.done(case.run(*case.build(case.pictures, out)), "what was left")
    there, here = case.run("status", url), case.run("status", folder)
    case.check(there.stdout == here.stdout != "", f"status: {there.stdout!r}, {here.stdout!r} locally")
    damage(case, prefix)


def damage(case, prefix):
    """`verify` names the object that is damaged, and the one that is missing."""
    url, name = case.url(prefix), next(name for name in sorted(case.expected) if name.endswith(".npy"))
    case.done(case.run("verify", url), "verify of what is whole")
    key, whole = f"{prefix}/{name}", case.bucket.get(f"{prefix}/{name}")
    case.bucket.put(key, whole[:-1] + bytes([whole[-1] ^ 1]))
    changed = case.run("verify", url)
    case.check(changed.returncode == 12 and name in changed.stdout + changed.stderr, f"verify of a flipped bit: {changed}")
    case.bucket.delete(key)
    missing = case.run("verify", url)
    case.check(missing.returncode == 12 and name in missing.stdout + missing.stderr, f"verify without an object: {missing}")
    case.right(case.run(*case.build(case.pictures, url)), prefix, "a missing object, made again")


ALL = (places, again, workers, frozen, odd_keys, many, big, looks)
