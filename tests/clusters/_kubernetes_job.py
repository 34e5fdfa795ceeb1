"""What a Job of Kubernetes promises, kept by processes in place of pods: indexes, parallelism, retries, and the policy on failures.

The rules are those of https://kubernetes.io/docs/concepts/workloads/controllers/job/. Left out: time between retries, and all that is no failure.
"""

import os
import re
import subprocess
import time
from dataclasses import dataclass, field

# What an eviction leaves in a pod's status.
DISRUPTED = {"type": "DisruptionTarget", "status": "True"}


def refusals(manifest):
    """What the API server refuses in a Job although it fits the schema."""
    spec, found = manifest["spec"], []
    template = spec["template"]["spec"]
    containers = {container["name"] for container in template["containers"]}
    rules = spec.get("podFailurePolicy", {}).get("rules", [])
    if rules and template.get("restartPolicy") != "Never":
        found.append("podFailurePolicy without restartPolicy Never")
    if spec.get("backoffLimitPerIndex") is None:
        found += [f"{name} without backoffLimitPerIndex" for name in ("maxFailedIndexes",) if name in spec]
        found += ["FailIndex without backoffLimitPerIndex" for rule in rules if rule["action"] == "FailIndex"]
    elif spec.get("completionMode") != "Indexed":
        found.append("backoffLimitPerIndex without completionMode Indexed")
    if spec.get("maxFailedIndexes", 0) > spec.get("completions", 1):
        found.append("maxFailedIndexes above completions")
    for rule in rules:
        if ("onExitCodes" in rule) == ("onPodConditions" in rule):
            found.append("a rule needs one of onExitCodes and onPodConditions")
        codes = rule.get("onExitCodes", {"values": [1]})
        if codes["values"] != sorted(set(codes["values"])) or 0 in codes["values"]:
            found.append(f"exit codes out of order, doubled or 0: {codes['values']}")
        if codes.get("containerName") not in {None, *containers}:
            found.append(f"no container {codes['containerName']}")
    volumes = {volume["name"] for volume in template.get("volumes", [])}
    mounts = {mount["name"] for container in template["containers"] for mount in container.get("volumeMounts", [])}
    return found + [f"no volume {name}" for name in sorted(mounts - volumes)]


@dataclass
class Pod:
    """A process in place of a pod. `seen` is how much of the output there was when it began."""

    index: int
    process: subprocess.Popen
    fate: object
    seen: int
    conditions: list = field(default_factory=list)

    def strike(self):
        """Lets its fate befall it: `kill` as for want of memory, `drain` as an eviction."""
        if self.fate == "drain":
            self.conditions.append(DISRUPTED)
            self.process.terminate()
        else:
            self.process.kill()
        self.fate = None

    def exit_code(self):
        """As a container's: 128 more than the signal that ended it."""
        code = self.process.returncode
        return code if code >= 0 else 128 - code


class Job:
    """Runs the Job of a manifest to its end.

    `places` says what stands for each argument of its command; `fate(index, attempt)` what befalls a pod as soon as `progress()` grows:
    nothing, `kill` or `drain`; `told(index, code)` is called for each pod that ended.
    """

    def __init__(self, manifest, places, progress=lambda: 0, fate=lambda index, attempt: None, told=lambda index, code: None):
        self.spec, self.progress, self.fate, self.told = manifest["spec"], progress, fate, told
        (container,) = self.spec["template"]["spec"]["containers"]
        self.name = container["name"]
        # Also in a line for a shell.
        name = re.compile("|".join(rf"(?<![^ ]){re.escape(place)}(?![^ ])" for place in places))
        words = [*container["command"], *container.get("args", [])]
        self.command = [name.sub(lambda found: str(places[found[0]]), word) for word in words]
        self.indexed = self.spec.get("completionMode") == "Indexed"
        self.pods, self.waiting = {}, list(range(self.spec.get("completions", 1)))
        # Of each index: the codes of its pods; how many of them counted.
        self.codes, self.failures = {}, {}
        self.succeeded, self.failed, self.reason = set(), set(), None

    def run(self):
        """Whether it is complete; `reason` says why not."""
        try:
            while (self.waiting or self.pods) and self.reason is None:
                self.start()
                time.sleep(0.02)
                self.look()
        finally:
            for pod in self.pods.values():
                pod.process.terminate()
            for pod in self.pods.values():
                pod.process.wait()
        if self.failed and self.reason is None:
            self.reason = "FailedIndexes"
        return self.reason is None

    def start(self):
        while self.waiting and len(self.pods) < self.spec.get("parallelism", 1):
            index = self.waiting.pop(0)
            environment = {"PATH": os.environ["PATH"]}
            if self.indexed:
                environment["JOB_COMPLETION_INDEX"] = str(index)
            process = subprocess.Popen(self.command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            attempt = len(self.codes.get(index, []))
            self.pods[index] = Pod(index, process, self.fate(index, attempt), self.progress())

    def look(self):
        there = self.progress()
        for pod in list(self.pods.values()):
            if self.reason is not None:
                return
            if pod.fate and there > pod.seen:
                pod.strike()
            if pod.process.poll() is not None:
                del self.pods[pod.index]
                self.end_of(pod)

    def end_of(self, pod):
        pod.process.stderr.close()
        code = pod.exit_code()
        self.codes.setdefault(pod.index, []).append(code)
        self.told(pod.index, code)
        if code == 0:
            self.succeeded.add(pod.index)
            return
        action = self.action(pod, code)
        if action == "FailJob":
            self.reason = "PodFailurePolicy"
        elif action == "FailIndex":
            self.give_up(pod.index)
        elif action == "Ignore":
            self.waiting.append(pod.index)
        else:
            self.count(pod.index)

    def action(self, pod, code):
        """That of the first rule that fits."""
        for rule in self.spec.get("podFailurePolicy", {}).get("rules", []):
            on = rule.get("onExitCodes")
            patterns = rule.get("onPodConditions", [])
            if on and on.get("containerName", self.name) == self.name and (code in on["values"]) == (on["operator"] == "In"):
                return rule["action"]
            if any({"status": "True", **pattern} in pod.conditions for pattern in patterns):
                return rule["action"]
        return "Count"

    def count(self, index):
        self.failures[index] = self.failures.get(index, 0) + 1
        limit = self.spec.get("backoffLimitPerIndex") if self.indexed else self.spec.get("backoffLimit", 6)
        if self.failures[index] <= limit:
            self.waiting.append(index)
        elif self.indexed:
            self.give_up(index)
        else:
            self.reason = "BackoffLimitExceeded"

    def give_up(self, index):
        self.failed.add(index)
        most = self.spec.get("maxFailedIndexes")
        if most is not None and len(self.failed) > most:
            self.reason = "MaxFailedIndexesExceeded"
