"""Runs that are killed, and runs beside each other on one OUT: when all have ended, the dataset is whole, and one."""

import signal
import subprocess
import time

from case import FIELDS
from common import TIMEOUT, write_spec
from proxy import Delay, First, Proxy

KILLS = {False: 8, True: 120}
ROUNDS = {False: 3, True: 30}
GOLDEN = 0.6180339887
# Seconds that an upload takes of which nobody should wait for the end.
SLOW = 10
# And by when a lease of two seconds has been taken over, and its block been made.
TAKEN_OVER = 20
MANIFEST = r"^PUT .*/dataset\.json"


def killed_once(case, command, seconds):
    """Runs a command, and kills it after so many seconds if it has not ended by then; gives its code."""
    process = case.start(*command)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    said = process.communicate(timeout=TIMEOUT)[1]
    return process.returncode, said


def killed(case):
    """`kill -9` at spread times, and the same command again until it ends by itself."""
    prefix = case.fresh()
    started = time.monotonic()
    case.right(case.run(*case.build(case.input, case.url(prefix))), prefix, "undisturbed")
    takes, kills, tries = time.monotonic() - started, 0, 0
    while kills < KILLS[case.long] and tries < 4 * KILLS[case.long]:
        prefix = case.fresh()
        command = case.build(case.input, case.url(prefix))
        code = -9
        while code == -9 and kills < KILLS[case.long]:
            tries += 1
            code, said = killed_once(case, command, takes * (tries * GOLDEN % 1))
            kills += code == -9
            what = f"kill {kills} after {takes * (tries * GOLDEN % 1):.3f} s"
            if code == -9:
                there = case.tree(prefix)
                wrong = [name for name, hashed in there.items() if case.expected.get(name) != hashed]
                case.check(not wrong, f"{what}: objects that no whole run writes: {wrong}")
                case.check("dataset.json" not in there or there == case.expected, f"{what}: a dataset.json before all is there")
            else:
                case.check(code == 0, f"{what}: exit {code}: {said}")
        result = case.run(*command)
        case.done(result, f"after kill {kills}")
        case.same(case.tree(prefix), f"after kill {kills}")
    case.check(kills >= KILLS[case.long], f"{kills} of {KILLS[case.long]} kills met with a run")


def killed_worker(case):
    """A worker that is killed and run again, beside one that is not."""
    for round_ in range(ROUNDS[case.long]):
        prefix = case.fresh()
        commands = [case.build(case.input, case.url(prefix), "--worker", f"{number}/2") for number in (1, 2)]
        other = case.start(*commands[1])
        killed_once(case, commands[0], 0.05 + 0.1 * round_ % 0.8)
        said = other.communicate(timeout=TIMEOUT)[1]
        case.check(other.returncode == 0, f"the other worker: exit {other.returncode}: {said}")
        case.done(case.run(*commands[0]), "the killed worker, again")
        case.done(case.run("commit", case.url(prefix)), "commit after a kill")
        case.same(case.tree(prefix), "workers, one killed")


def two_builds(case):
    """The same build twice at once: both end well, or one is told that another is at work."""
    for round_ in range(ROUNDS[case.long]):
        prefix = case.fresh()
        command = case.build(case.input, case.url(prefix))
        ended = case.at_once(command, command, pause=0.07 * round_)
        codes = [code for code, _ in ended]
        case.check(0 in codes and all(code in (0, 11) for code in codes), f"two builds at once: {ended}")
        case.same(case.tree(prefix), f"two builds at once, which ended with {codes}")
        result = case.run(*command)
        case.check(result.returncode == 0 and "up to date" in result.stdout, f"after two builds at once: {result}")


def two_plans(case):
    """Two plans at once: their files have the same names, so one must be refused, and the other's dataset is whole."""
    spec = write_spec(case.tally.root / "second.json", **{**FIELDS, "seed": 9})
    known, won = [case.expected, case.local(case.pictures, spec=spec)], 0
    for round_ in range(ROUNDS[case.long]):
        prefix = case.fresh()
        commands = [case.build(case.input, case.url(prefix), spec=one) for one in (case.spec, spec)]
        ended = case.at_once(*commands, pause=0.02 * round_)
        codes = [code for code, _ in ended]
        case.check(all(code in (0, 2, 11) for code in codes), f"two plans at once: {ended}")
        case.check(codes.count(0) <= 1, f"two plans at once: both say that OUT holds theirs: {ended}")
        there = case.tree(prefix)
        if "dataset.json" in there:
            case.check(there in known, f"two plans at once, {codes}: a mixture")
            verified = case.run("verify", case.url(prefix))
            case.check(verified.returncode == 0, f"two plans at once, {codes}: verify: {verified.stderr}{verified.stdout}")
        for code, expected in zip(codes, known, strict=True):
            case.check(code != 0 or there == expected, f"two plans at once, {codes}: the one that ended with 0 has no dataset")
        won += 0 in codes
    print(f"note: two plans at once: {won} of {ROUNDS[case.long]} rounds had a winner")


def late_listing(case):
    """Two workers begin at once, and one hears late of what is in OUT, which is then what the other has begun."""
    with Proxy(case.server.address) as proxy:
        for late in (r"^GET /[^/]+/?\?.*list-type.*prefix=out", r"^GET .*/draft\.json", r"^PUT .*/draft\.json"):
            prefix = case.fresh()
            proxy.reset()
            rule = proxy.rule(Delay(0.7), late, nth=1)
            commands = [case.build(case.input, case.url(prefix), "--worker", f"{number}/2") for number in (1, 2)]
            ended = case.at_once(*commands, proxy=proxy)
            case.check(rule.struck == 1, f"two workers, the first is late at {late}: {rule.struck} times")
            case.check(all(code == 0 for code, _ in ended), f"two workers, the first is late at {late}: {ended}")
            case.right(case.run("commit", case.url(prefix)), prefix, f"two workers, the first was late at {late}")


def late_beginning(case):
    """A run that found nothing in OUT is held up until another one has built there: it must look again before it writes."""
    spec = write_spec(case.tally.root / "late.json", **{**FIELDS, "seed": 10})
    for told, other in (("the same plan", case.spec), ("another plan", spec)):
        prefix = case.fresh()
        known = case.expected if other == case.spec else case.local(case.pictures, spec=spec)
        meanwhile = []
        with Proxy(case.server.address) as proxy:
            act = First(
                lambda _, ended=meanwhile, made=other, out=prefix: ended.append(case.run(*case.build(case.input, case.url(out), spec=made)))
            )
            rule = proxy.rule(act, f"^PUT .*{prefix}/", nth=1)
            result = case.run(*case.build(case.input, case.url(prefix)), proxy=proxy)
        case.check(rule.struck == 1 and meanwhile[0].returncode == 0, f"{told} meanwhile: {meanwhile}")
        codes = (0, 11) if other == case.spec else (2, 11)
        case.check(result.returncode in codes, f"{told} was built meanwhile: exit {result.returncode}: {result.stderr}")
        case.same(case.tree(prefix), f"{told} was built meanwhile", known)


def two_commits(case):
    """Commits at once, at the same point: one manifest is written, and both may say that it is there."""
    with Proxy(case.server.address) as proxy:
        for _ in range(ROUNDS[case.long]):
            prefix = case.fresh()
            for number in (1, 2):
                case.done(case.run(*case.build(case.input, case.url(prefix), "--worker", f"{number}/2")), "a worker")
            proxy.reset()
            rule = proxy.rule(Delay(0.5), MANIFEST)
            ended = case.at_once(*[["commit", case.url(prefix)]] * 2, proxy=proxy)
            codes = [code for code, _ in ended]
            case.check(0 in codes and all(code in (0, 11) for code in codes), f"two commits at once: {ended}")
            written = proxy.count(MANIFEST, done=True)
            case.check(written == 1, f"two commits at once: {written} manifests written by {rule.struck} requests")
            case.same(case.tree(prefix), f"two commits at once, which ended with {codes}")
            case.check(rule.struck >= 1, "two commits at once: no manifest passed by the proxy")


def commit_while_building(case):
    """A commit beside the last worker: too early or in time, never a dataset that lacks something."""
    for round_ in range(ROUNDS[case.long]):
        prefix = case.fresh()
        case.done(case.run(*case.build(case.input, case.url(prefix), "--worker", "1/2")), "worker 1")
        worker = case.start(*case.build(case.input, case.url(prefix), "--worker", "2/2"))
        time.sleep(0.1 * round_)
        early = case.run("commit", case.url(prefix))
        there = case.tree(prefix)
        case.check(
            early.returncode != 0 or there == case.expected,
            f"a commit beside a worker: exit 0, and {len(there)} of {len(case.expected)} objects",
        )
        case.check(
            early.returncode == 0 or "dataset.json" not in there, f"a commit beside a worker: exit {early.returncode}, and a dataset.json"
        )
        said = worker.communicate(timeout=TIMEOUT)[1]
        case.check(worker.returncode == 0, f"a worker beside a commit: exit {worker.returncode}: {said}")
        case.right(case.run("commit", case.url(prefix)), prefix, "a commit after all")


def terminated(case):
    """SIGTERM and SIGINT: ended soon, with the code that says so, nothing half-visible; and the same command goes on."""
    with Proxy(case.server.address) as proxy:
        for sent, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            prefix = case.fresh()
            command = case.build(case.input, case.url(prefix))
            proxy.reset()
            rule = proxy.rule(Delay(SLOW), r"^PUT .*\.npy")
            process = case.start(*command, proxy=proxy)
            deadline = time.monotonic() + TIMEOUT
            while rule.struck == 0 and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            started = time.monotonic()
            process.send_signal(sent)
            said, seconds = process.communicate(timeout=TIMEOUT)[1], time.monotonic() - started
            case.check(process.returncode == code, f"{sent.name} while shards are written: exit {process.returncode}: {said}")
            case.check(seconds < SLOW / 2, f"{sent.name}: ended after {seconds:.1f} s")
            case.nothing_half(prefix, sent.name)
            case.right(case.run(*command), prefix, f"after {sent.name}")


def claimed(case):
    """Three workers that claim blocks, of which one is killed while it holds one: the others take it over once its lease has run out."""
    for _ in range(ROUNDS[case.long]):
        prefix = case.fresh()
        command = case.build(case.input, case.url(prefix), "--claim", "--lease", "2")
        with Proxy(case.server.address) as proxy:
            rule = proxy.rule(Delay(SLOW), r"^PUT .*\.npy")
            held = case.start(*command, proxy=proxy)
            deadline = time.monotonic() + TIMEOUT
            while rule.struck == 0 and held.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            others = [case.start(*command) for _ in range(2)]
            held.kill()
            held.communicate()
        ended = []
        for process in others:
            try:
                ended.append((process.communicate(timeout=TAKEN_OVER)[1], process.returncode))
            except subprocess.TimeoutExpired:
                process.kill()
                ended.append((process.communicate()[1], f"still waiting after {TAKEN_OVER} s"))
        case.check(rule.struck > 0, "claims: the first worker made nothing")
        if not case.check(all(code == 0 for _, code in ended), f"claims, a holder killed: {ended}"):
            return
        case.nothing_half(prefix, "claims, before the commit")
        case.right(case.run("commit", case.url(prefix)), prefix, "claims, a holder killed, then commit")


ALL = (killed, terminated, claimed, killed_worker, two_builds, two_plans, late_listing, late_beginning, two_commits, commit_while_building)
