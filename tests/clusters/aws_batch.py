#!/usr/bin/env python3
"""The job definitions of docs/clusters/aws-batch: against the service model of botocore, and what they promise, by processes.

    python3 tests/clusters/aws_batch.py --binary target/release/prebake [--long]

An unknown field or a wrong type is refused. Then children of an array are killed, up to and beyond their attempts, and a spec is wrong:
the bytes of a single run, or no dataset. botocore is in a virtual environment below the target folder; nothing is asked of AWS. The last
line is `N passed, N failed`; the exit code is 1 if any failed.
"""

import copy
import json
import os
import random
import re
import shutil
import subprocess
import time

from _common import ROOT, Build, enter_venv

enter_venv("aws-batch", "botocore==1.44.8")

import botocore.session  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402

RECIPE = ROOT / "docs" / "clusters" / "aws-batch"
PAGE = RECIPE.with_suffix(".md")
SIZE, AT_ONCE = 8, 4
# Of an array, and of the rules of a strategy, by https://docs.aws.amazon.com/batch/latest/APIReference.
MOST_RULES, MOST_ATTEMPTS = 5, 10


def problems(definition):
    """What AWS Batch would refuse in a job definition: its service model, and what the reference says beside it."""
    shape = botocore.session.Session().get_service_model("batch").operation_model("RegisterJobDefinition").input_shape
    report = ParamValidator().validate(definition, shape)
    strategy = definition["retryStrategy"]
    rules = strategy.get("evaluateOnExit", [])
    found = [report.generate_report()] if report.has_errors() else []
    if len(rules) > MOST_RULES or not 1 <= strategy["attempts"] <= MOST_ATTEMPTS:
        found.append(f"{len(rules)} rules, {strategy['attempts']} attempts")
    found += [f"no pattern: {rule}" for rule in rules if not re.fullmatch(r"\d*\*?", rule.get("onExitCode", "*"))]
    words = {word.removeprefix("Ref::") for word in definition["containerProperties"]["command"] if word.startswith("Ref::")}
    return found + [f"no parameter {name}" for name in sorted(words - set(definition["parameters"]))]


class Array:
    """Runs a definition as an array of `size`, or alone.

    `struck(index, attempt)` says who is killed, at the first attempt as soon as `progress()` grows.
    """

    def __init__(self, definition, parameters, binary, size=None, progress=lambda: 0, struck=lambda index, attempt: False):
        self.strategy, self.size, self.progress, self.struck = definition["retryStrategy"], size, progress, struck
        values = {f"Ref::{name}": str(value) for name, value in {**definition["parameters"], **parameters}.items()}
        self.command = [values.get(word, word) for word in definition["containerProperties"]["command"]]
        self.path = f"{binary.parent}:{os.environ['PATH']}"
        # Of each child: the codes of its attempts.
        self.codes = {index: [] for index in range(size or 1)}

    def run(self):
        """Whether all children succeeded."""
        waiting, running = list(self.codes), {}
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                index = waiting.pop(0)
                attempt = len(self.codes[index])
                running[index] = (self.start(index), self.struck(index, attempt), self.progress() if attempt == 0 else -1)
            time.sleep(0.02)
            for index, (process, struck, until) in list(running.items()):
                if struck and self.progress() > until:
                    process.kill()
                if process.poll() is not None:
                    del running[index]
                    waiting += [index] if self.ended(index, process.returncode) else []
        return all(codes[-1] == 0 for codes in self.codes.values())

    def start(self, index):
        environment = {"PATH": self.path, "AWS_BATCH_JOB_ATTEMPT": str(len(self.codes[index]) + 1)}
        if self.size:
            environment |= {"AWS_BATCH_JOB_ARRAY_INDEX": str(index), "AWS_BATCH_JOB_ARRAY_SIZE": str(self.size)}
        return subprocess.Popen(self.command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ended(self, index, code):
        """Whether the child is tried again: by the first rule that fits, and always if none does, as long as attempts are left."""
        code = code if code >= 0 else 128 - code
        self.codes[index].append(code)
        if code == 0 or len(self.codes[index]) >= self.strategy["attempts"]:
            return False
        fits = lambda pattern: re.fullmatch(pattern.replace("*", ".*"), str(code))
        actions = (rule["action"] for rule in self.strategy.get("evaluateOnExit", []) if fits(rule.get("onExitCode", "*")))
        return next(actions, "RETRY") == "RETRY"


class Definitions:
    """Both job definitions, and folders in place of their buckets."""

    def __init__(self, build):
        self.build, programs = build, build.root / "programs"
        programs.mkdir(exist_ok=True)
        self.binary = programs / "prebake"
        if not self.binary.exists():
            self.binary.symlink_to(build.arguments.binary)
        self.children, self.commit = (json.loads((RECIPE / name).read_text()) for name in ("build.json", "commit.json"))
        self.attempts = self.children["retryStrategy"]["attempts"]

    def check_files(self):
        for name, definition in (("build.json", self.children), ("commit.json", self.commit)):
            self.build.check(not problems(definition), f"{name}: {problems(definition)}")
        mistakes = [("retryStrategy", "attempt", 3), ("containerProperties", "vcpu", 4), ("containerProperties", "command", "prebake")]
        for place, field, value in mistakes:
            wrong = copy.deepcopy(self.children)
            wrong[place][field] = value
            self.build.check(problems(wrong), f"{place}.{field} = {value!r} is taken")

    def run(self, name, spec=None, pictures=None, struck=lambda index, attempt: False):
        """Runs the array into a folder of its own. The spec, which is in the image, is named in the command."""
        self.out = self.build.root / name
        children = json.loads(json.dumps(self.children).replace("/augment.json", str(spec or self.build.spec)))
        places = {"input": pictures or self.build.input, "out": self.out}
        progress = lambda: sum(1 for _ in self.out.rglob("images-*.npy"))
        array = Array(children, places, self.binary, SIZE, progress, struck)
        return array.run(), array.codes

    def run_commit(self):
        job = Array(self.commit, {"out": self.out}, self.binary)
        return job.run(), job.codes[0]

    def check_whole(self, name, codes=(0,), expected=None):
        done, found = self.run_commit()
        self.build.check(done and found == list(codes), f"{name}: the commit ends with {found}")
        self.build.check_same(self.out, name, expected)
        shutil.rmtree(self.out, ignore_errors=True)


def killed(build, definitions, name="killed", kills=None):
    """Children are killed as often as their attempts allow."""
    kills = kills or {2: 1, 5: definitions.attempts - 1}
    done, codes = definitions.run(name, struck=lambda index, attempt: attempt < kills.get(index, 0))
    expected = {index: [137] * kills.get(index, 0) + [0] for index in range(SIZE)}
    build.check(done and codes == expected, f"{name}: {codes}, not {expected}")
    definitions.check_whole(name)


def killed_too_often(build, definitions):
    """A child that is killed at every attempt fails; the commit is refused at once; the array once more makes what is missing."""
    done, codes = definitions.run("too-often", struck=lambda index, attempt: index == 5)
    build.check(not done and codes[5] == [137] * definitions.attempts, f"too often: {codes}")
    build.check(all(codes[index] == [0] for index in codes if index != 5), f"too often: {codes}")
    build.check(definitions.run_commit() == (False, [10]), "too often: the commit is not refused once, with 10")
    build.check(not (definitions.out / "dataset.json").exists(), "too often: there is a dataset.json")
    done, codes = definitions.run("too-often")
    build.check(done, f"too often: once more: {codes}")
    definitions.check_whole("too often")


def wrong_spec(build, definitions):
    """What would fail again is not tried again."""
    spec = build.root / "wrong.json"
    spec.write_text('{"version": 1, "pipeline": [{"op": "nothing"}]}')
    done, codes = definitions.run("wrong", spec)
    build.check(not done and set(map(tuple, codes.values())) == {(2,)}, f"wrong: {codes}")


def left_out(build):
    """With the page's command, pictures that are left out fail nothing; the commit needs its second attempt."""
    pictures, skip = ROOT / "fixtures" / "broken", ["--on-error", "skip", "--max-errors", "90%"]
    definitions = Definitions(build)
    line = re.search(r'```json\n("command": .*?)\n```', PAGE.read_text()).group(1)
    page = json.loads(f"{{{line}}}")["command"]
    definitions.children["containerProperties"]["command"] = [word.replace("--max-errors 1%", "--max-errors 90%") for word in page]
    build.check(not problems(definitions.children), f"left out: {problems(definitions.children)}")
    done, codes = definitions.run("left-out", pictures=pictures)
    build.check(done, f"left out: {codes}")
    definitions.check_whole("left out", (3, 0), build.single(pictures, *skip))


def main():
    build = Build(__doc__)
    definitions = Definitions(build)
    definitions.check_files()
    killed(build, definitions)
    killed_too_often(build, definitions)
    wrong_spec(build, definitions)
    left_out(build)
    draw = random.Random(8)
    for round in range(8 if build.arguments.long else 0):
        killed(build, definitions, f"round-{round}", {index: draw.randrange(definitions.attempts) for index in range(SIZE)})
    build.end()


if __name__ == "__main__":
    main()
