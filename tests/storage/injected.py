"""What networks and servers do to requests: right bytes, or a line that says what was wrong and nothing half-visible."""

import time
from concurrent.futures import ThreadPoolExecutor

from case import files, hashes
from common import write_pictures, write_spec
from equal import BIG, STACK
from proxy import Answer, CutDownload, CutUpload, Delay, Drop, FlipUpload, Lose, Proxy

# A request in so many meets with a fault; the long form takes each, and each fault.
EVERY = {False: 5, True: 1}
FAULTS = (
    ("503 SlowDown", "", Answer(503, "SlowDown")),
    ("an answer lost", "", Lose()),
    ("500 InternalError", "", Answer(500, "InternalError")),
    ("an upload cut", "^(PUT|POST)", CutUpload(300)),
    ("a connection dropped", "", Drop()),
    ("a download cut", "^GET", CutDownload(40)),
    ("429 TooManyRequests", "", Answer(429, "TooManyRequests")),
    ("a pause", "", Delay(0.3)),
)
# Seconds for which a request is tried again, and by when a run that got nowhere has ended.
TRIES, GIVES_UP = 3, 45
SHARDS, MANIFEST = r"^PUT .*\.npy", r"^PUT .*/dataset\.json"


def cases_of(case, counts):
    """Which request meets with which fault: `counts` are the requests of an undisturbed run by the faults' patterns."""
    if case.long:
        return [(fault, nth) for fault in FAULTS for nth in range(1, counts[fault[1]] + 1)]
    chosen = []
    for step, nth in enumerate(range(1, counts[""] + 1, EVERY[False])):
        fault = FAULTS[step % len(FAULTS)]
        chosen.append((fault, (nth - 1) % max(counts[fault[1]], 1) + 1))
    return [(fault, nth) for fault, nth in chosen if counts[fault[1]]]


def sweep(case, name, prepare, finish):
    """One fault in each run, at one request after another. `prepare` gives a command; `finish` looks at what it made."""
    with Proxy(case.server.address) as proxy:
        command, place = prepare()
        result = case.run(*command, proxy=proxy)
        finish(result, place, f"{name}, undisturbed")
        counts = {pattern: proxy.count(pattern) for _, pattern, _ in FAULTS}
        runs = struck = 0
        for (told, pattern, fault), nth in cases_of(case, counts):
            command, place = prepare()
            proxy.reset()
            rule = proxy.rule(fault, pattern, nth=nth)
            result = case.run(*command, proxy=proxy)
            finish(result, place, f"{name}, {told} at {nth} of {counts[pattern]}")
            runs, struck = runs + 1, struck + rule.struck
        case.check(struck == runs > 0, f"{name}: in {runs} runs {struck} faults met with a request")
        print(f"note: {name}: {counts['']} requests, {struck} faults", flush=True)


def sweeps(case):
    def to_bucket():
        prefix = case.fresh()
        return case.build(case.pictures, case.url(prefix)), prefix

    def from_bucket():
        folder = case.folder()
        return case.build(case.input, folder), folder

    def to_commit():
        prefix = case.fresh()
        for number in (1, 2):
            case.done(case.run(*case.build(case.pictures, case.url(prefix), "--worker", f"{number}/2")), "a worker")
        return ["commit", case.url(prefix)], prefix

    def on_disk(result, folder, what):
        case.done(result, what)
        case.same(hashes(files(folder)), what)

    in_bucket = lambda result, prefix, what: case.right(result, prefix, what)
    sweep(case, "disk to bucket", to_bucket, in_bucket)
    sweep(case, "bucket to disk", from_bucket, on_disk)
    sweep(case, "commit", to_commit, in_bucket)


def at_the_manifest(case):
    """The request that makes the dataset, with each fault, and with what only it can meet with."""
    faults = [*FAULTS, ("409 ConditionalRequestConflict", "", Answer(409, "ConditionalRequestConflict"))]
    with Proxy(case.server.address) as proxy:
        for told, pattern, fault in faults:
            if pattern == "^GET":
                continue
            prefix = case.fresh()
            proxy.reset()
            rule = proxy.rule(fault, MANIFEST, nth=1)
            result = case.run(*case.build(case.pictures, case.url(prefix)), proxy=proxy)
            case.right(result, prefix, f"{told} at dataset.json")
            case.check(rule.struck == 1, f"{told} at dataset.json: {rule.struck} times")
            written = proxy.count(MANIFEST, done=True)
            case.check(written == 1, f"{told} at dataset.json: written {written} times")


def throttled(case):
    """Every third request is refused, whatever it is, and every fifth is answered late."""
    with Proxy(case.server.address) as proxy:
        rule = proxy.rule(Answer(503, "SlowDown"), every=3)
        proxy.rule(Delay(0.05), every=5)
        prefix = case.fresh()
        case.right(case.run(*case.build(case.input, case.url(prefix)), proxy=proxy), prefix, "every third request refused")
        case.check(rule.struck > 10, f"every third request refused: {rule.struck} refusals")


def flipped(case):
    """A bit that turns on the way up is not taken for what was sent."""
    with Proxy(case.server.address) as proxy:
        for what in (SHARDS, MANIFEST, r"^PUT .*samples\.jsonl"):
            prefix = case.fresh()
            proxy.reset()
            rule = proxy.rule(FlipUpload(200), what, nth=1)
            result = case.run(*case.build(case.pictures, case.url(prefix)), proxy=proxy)
            case.check(rule.struck == 1, f"a bit turned in {what}: {rule.struck} times")
            if result.returncode == 0:
                case.right(result, prefix, f"a bit turned in {what}")
            else:
                case.check(result.returncode == 1, f"a bit turned in {what}: exit {result.returncode}: {result.stderr}")
                case.nothing_half(prefix, f"a bit turned in {what}")


def parts(case):
    """An upload in parts, with a fault at its beginning, at a part, and at its end."""
    folder = case.tally.root / "parts"
    write_pictures(folder, STACK, 8)
    spec = write_spec(case.tally.root / "parts.json", **BIG)
    expected = case.local(folder, spec=spec)
    begun, part, ended = r"^POST .*\?uploads", r"^PUT .*partNumber=2", r"^POST .*uploadId="
    error = Answer(200, "InternalError")
    faults = [
        ("cut", part, CutUpload(1 << 20)),
        ("lost", part, Lose()),
        ("refused", begun, Answer(503)),
        ("lost", ended, Lose()),
        ("200 with an error", ended, error),
    ]
    with Proxy(case.server.address) as proxy:
        for told, pattern, fault in faults if case.long else faults[::2]:
            prefix = case.fresh()
            proxy.reset()
            rule = proxy.rule(fault, pattern, nth=1)
            result = case.run(*case.build(folder, case.url(prefix), spec=spec), proxy=proxy)
            case.right(result, prefix, f"in parts, {told} at {pattern}", expected)
            case.check(rule.struck == 1, f"in parts, {told} at {pattern}: {rule.struck} times")
            case.bucket.clear(f"{prefix}/")
        prefix = case.fresh()
        proxy.reset()
        rule = proxy.rule(Answer(503, "SlowDown"), part)
        result = case.run(*case.build(folder, case.url(prefix), spec=spec), proxy=proxy, PREBAKE_RETRY_SECONDS=str(TRIES))
        case.refused(result, (1,), [prefix], "a part that never gets through")
        case.nothing_half(prefix, "a part that never gets through", expected)
        case.check(rule.struck > 1, f"a part that never gets through: {rule.struck} times")
        # Parts of an upload that nobody completes are stored, and paid for, until somebody ends it.
        left = [key for key in case.bucket.unfinished() if key.startswith(f"{prefix}/")]
        case.check(not left, f"a part that never gets through: uploads left open: {left}")


def for_ever(case):
    """What fails for ever is told in time and in one line, and nothing looks like more than it is; later the same command goes on."""
    stories = [
        ("no upload of a shard gets through", SHARDS, Answer(503, "SlowDown")),
        ("dataset.json is never taken", MANIFEST, Answer(500, "InternalError")),
        ("uploads are cut for ever", SHARDS, CutUpload(100)),
        ("no picture can be read", r"^GET .*\.ppm", Drop()),
        ("every answer is 503", "", Answer(503, "SlowDown")),
        ("nobody answers", "", Drop()),
    ]
    with ThreadPoolExecutor(len(stories)) as pool:
        list(pool.map(lambda story: fails_for_ever(case, *story), stories))


def fails_for_ever(case, told, pattern, fault):
    prefix = case.fresh()
    command = case.build(case.input, case.url(prefix))
    with Proxy(case.server.address) as proxy:
        rule = proxy.rule(fault, pattern)
        started = time.monotonic()
        result = case.run(*command, proxy=proxy, timeout=GIVES_UP, PREBAKE_RETRY_SECONDS=str(TRIES))
        seconds = time.monotonic() - started
        requests = proxy.count()
    case.check(rule.struck > 1, f"{told}: {rule.struck} refusals, so nothing was tried again")
    case.refused(result, (1,), ["prebake: error: "], f"{told}, after {seconds:.0f} s")
    case.nothing_half(prefix, told)
    print(
        f"note: {told}: exit {result.returncode} after {seconds:.1f} s and {requests} requests: {result.stderr.strip()[:300]}", flush=True
    )
    case.right(case.run(*command), prefix, f"{told}, then it was well again")


ALL = (sweeps, at_the_manifest, throttled, flipped, parts, for_ever)
