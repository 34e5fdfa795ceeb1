#!/usr/bin/env python3
"""The Jobs of docs/clusters/kubernetes: against the schemas that Kubernetes publishes, and what they promise, with processes for pods.

    python3 tests/clusters/kubernetes.py --binary target/release/prebake [--long]

Every version since 1.31 must take both files; an unknown field is refused. Then pods are killed and drained, up to and beyond what the
files allow, a spec is wrong, a share is locked: the bytes of a single run, or no dataset. The schemas come from the package
kubernetes-validate, in a virtual environment below the target folder. The last line is `N passed, N failed`; the exit code is 1 if
any failed.
"""

import copy
import random
import re
import shutil
import signal
import subprocess
import time

from _common import ROOT, Build, enter_venv

enter_venv("kubernetes", "kubernetes-validate==1.37.0", "PyYAML==6.0.4")

import kubernetes_validate  # noqa: E402
import yaml  # noqa: E402
from _kubernetes_job import Job, refusals  # noqa: E402
from kubernetes_validate.utils import all_versions  # noqa: E402

RECIPE = ROOT / "docs" / "clusters" / "kubernetes"
PAGE = RECIPE.with_suffix(".md")
# Since this one both the policy and the limit of each index are on without being asked for.
OLDEST = (1, 31, 0)


def versions():
    """All that the package has the schemas of, from the oldest that will do."""
    return sorted({version for version in all_versions() if numbers(version) >= OLDEST}, key=numbers)


def numbers(version):
    return tuple(map(int, version.split(".")))


def fits(manifest, version):
    """Whether a version takes a manifest, unknown fields refused."""
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError:
        return False
    return True


class Jobs:
    """Both Jobs, and folders in place of their buckets."""

    def __init__(self, build):
        self.build = build
        self.shares, self.commit = (yaml.safe_load((RECIPE / name).read_text()) for name in ("job.yaml", "commit.yaml"))
        self.count = self.shares["spec"]["completions"]
        self.limit = self.shares["spec"]["backoffLimitPerIndex"]

    def check_files(self):
        for name, manifest in (("job.yaml", self.shares), ("commit.yaml", self.commit)):
            wrong = [version for version in versions() if not fits(manifest, version)]
            self.build.check(versions() and not wrong, f"{name}: not the schema of {wrong}")
            self.build.check(not refusals(manifest), f"{name}: {refusals(manifest)}")
        words = self.shares["spec"]["template"]["spec"]["containers"][0]
        said = f"auto/{self.count}"
        self.build.check(said in [*words["command"], *words["args"]], f"job.yaml: {self.count} completions, but no {said}")

    def check_mistakes(self):
        """What is wrong is seen: by the schema, or by what the API server asks for beyond it."""
        for spelt in ("backofLimitPerIndex", "completion", "podFailurePolicies"):
            self.build.check(not fits(self.changed(**{spelt: 4}), versions()[-1]), f"{spelt} is taken for a field")
        mistakes = [{"backoffLimitPerIndex": None}, {"completionMode": "NonIndexed"}, {"maxFailedIndexes": self.count + 1}]
        for mistake in mistakes:
            self.build.check(refusals(self.changed(**mistake)), f"{mistake} is taken")

    def changed(self, **fields):
        manifest = copy.deepcopy(self.shares)
        manifest["spec"].update(fields)
        return manifest

    def run(self, name, spec=None, pictures=None, **options):
        """Runs the first Job into a folder of its own, with what `options` do to its pods."""
        self.out = self.build.root / name
        self.places = {
            "prebake": self.build.arguments.binary,
            "s3://bucket/pictures": pictures or self.build.input,
            "/spec/augment.json": spec or self.build.spec,
            "s3://bucket/data": self.out,
        }
        return self.again(**options)

    def again(self, **options):
        """Runs the first Job into the same folder once more."""
        job = Job(self.shares, self.places, progress=lambda: sum(1 for _ in self.out.rglob("images-*.npy")), **options)
        job.run()
        return job

    def check_whole(self, name, expected=None):
        job = Job(self.commit, self.places)
        self.build.check(job.run(), f"{name}: the commit fails: {job.reason}, {job.codes}")
        self.build.check_same(self.out, name, expected)
        self.build.check(Job(self.commit, self.places).run(), f"{name}: a second commit fails")
        self.build.check_same(self.out, f"{name}: after a second commit", expected)
        shutil.rmtree(self.out, ignore_errors=True)

    def check_undone(self, name):
        """The commit is refused at once, and leaves no dataset."""
        job = Job(self.commit, self.places)
        self.build.check(not job.run() and job.reason == "PodFailurePolicy", f"{name}: the commit ends as {job.reason}")
        self.build.check(job.codes == {0: [10]}, f"{name}: the commit ends with {job.codes}, not once with 10")
        self.build.check(not (self.out / "dataset.json").exists(), f"{name}: there is a dataset.json")


def killed_and_drained(build, jobs, name="killed", fates=None):
    """Pods are killed as often as the Job allows, and evicted more often: it completes all the same."""
    fates = fates or {2: ["kill"], 5: ["kill"] * jobs.limit, 7: ["drain"] * (jobs.limit + 2), 11: ["drain", "kill"]}
    job = jobs.run(name, fate=lambda index, attempt: dict(enumerate(fates.get(index, []))).get(attempt))
    build.check(job.reason is None and len(job.succeeded) == jobs.count, f"{name}: {job.reason}, {job.codes}")
    code = {"kill": 137, "drain": 143}
    for index in range(jobs.count):
        expected = [code[fate] for fate in fates.get(index, [])] + [0]
        build.check(job.codes.get(index) == expected, f"{name}: index {index} ends with {job.codes.get(index)}, not {expected}")
    counted = {index: list_.count("kill") for index, list_ in fates.items() if "kill" in list_}
    build.check(job.failures == counted, f"{name}: counted {job.failures}, not {counted}")
    jobs.check_whole(name)


def killed_too_often(build, jobs):
    """One index fails and no other; nothing is committed; the Job once more makes what is missing."""
    name = "too often"
    job = jobs.run(name, fate=lambda index, attempt: "kill" if index == 5 else None)
    build.check((job.reason, job.failed) == ("FailedIndexes", {5}), f"{name}: {job.reason}, {job.failed}")
    build.check(job.codes[5] == [137] * (jobs.limit + 1), f"{name}: index 5 ends with {job.codes[5]}")
    build.check(len(job.succeeded) == jobs.count - 1, f"{name}: only {job.succeeded} succeed")
    jobs.check_undone(name)
    job = jobs.again()
    build.check(job.reason is None, f"{name}: once more: {job.reason}, {job.codes}")
    jobs.check_whole(name)


def all_killed(build, jobs):
    """Where more indexes fail than are allowed, the Job ends."""
    job = jobs.run("all", fate=lambda index, attempt: "kill")
    most = jobs.shares["spec"]["maxFailedIndexes"]
    build.check(job.reason == "MaxFailedIndexesExceeded" and len(job.failed) == most + 1, f"all: {job.reason}, {job.failed}")
    jobs.check_undone("all")


def wrong_spec(build, jobs):
    """What would fail again is not tried again."""
    spec = build.root / "wrong.json"
    spec.write_text('{"version": 1, "pipeline": [{"op": "nothing"}]}')
    job = jobs.run("wrong", spec)
    build.check(job.reason == "PodFailurePolicy", f"wrong: {job.reason}")
    build.check(all(codes == [2] for codes in job.codes.values()), f"wrong: {job.codes}")
    build.check(len(job.codes) <= jobs.shares["spec"]["parallelism"], f"wrong: {len(job.codes)} pods")


def left_out(build):
    """With the page's command, pictures that are left out fail nothing; with the file's, they end the Job."""
    pictures, skip = ROOT / "fixtures" / "broken", ["--on-error", "skip", "--max-errors", "90%"]
    jobs = Jobs(build)
    (container,) = jobs.shares["spec"]["template"]["spec"]["containers"]
    container["args"] += skip
    job = jobs.run("refused", pictures=pictures)
    build.check(job.reason == "PodFailurePolicy", f"left out, with the file's command: {job.reason}, {job.codes}")
    page = yaml.safe_load(re.search(r"```yaml\n(command: .*?)```", PAGE.read_text(), re.S).group(1))
    container.update(page, args=[word.replace("--max-errors 1%", "--max-errors 90%") for word in page["args"]])
    job = jobs.run("left-out", pictures=pictures)
    build.check(job.reason is None, f"left out: {job.reason}, {job.codes}")
    jobs.check_whole("left out", build.single(pictures, *skip))


def claims(build):
    """Without shares, as the page says: pods are killed and evicted, and others take over what they had."""
    jobs = Jobs(build)
    (container,) = jobs.shares["spec"]["template"]["spec"]["containers"]
    at = container["args"].index("--worker")
    container["args"][at : at + 2] = ["--claim", "--lease", "2"]
    job = jobs.run("claims", fate=lambda index, attempt: {2: "kill", 5: "drain"}.get(index) if attempt == 0 else None)
    build.check(job.reason is None, f"claims: {job.reason}, {job.codes}")
    build.check((job.codes[2], job.codes[5]) == ([137, 0], [143, 0]), f"claims: {job.codes}")
    jobs.check_whole("claims")


def locked(build, jobs):
    """A pod whose share another process still has ends with 11, and the next one takes over."""
    out = build.root / "locked"
    share = build.command("build", build.input, "--spec", build.spec, "--out", out, "--worker", f"3/{jobs.count}", "--quiet")
    with subprocess.Popen(share, stdout=subprocess.DEVNULL) as other:
        while not any(out.rglob("images-*.npy")) and other.poll() is None:
            time.sleep(0.01)
        other.send_signal(signal.SIGSTOP)

        def told(index, code):
            if (index, code) == (2, 11):
                other.kill()
                other.wait()

        job = jobs.run("locked", told=told)
        other.kill()
    build.check(job.reason is None and job.codes[2] == [11, 0], f"locked: {job.reason}, {job.codes}")
    jobs.check_whole("locked")


def main():
    build = Build(__doc__)
    jobs = Jobs(build)
    jobs.check_files()
    jobs.check_mistakes()
    killed_and_drained(build, jobs)
    killed_too_often(build, jobs)
    all_killed(build, jobs)
    wrong_spec(build, jobs)
    left_out(build)
    claims(build)
    locked(build, jobs)
    draw = random.Random(8)
    for round in range(8 if build.arguments.long else 0):
        fates = {index: [draw.choice(["kill", "drain"]) for _ in range(draw.randrange(jobs.limit + 1))] for index in range(jobs.count)}
        killed_and_drained(build, jobs, f"round {round}", fates)
    build.end()


if __name__ == "__main__":
    main()
