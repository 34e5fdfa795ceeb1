#!/usr/bin/env python3
"""The recipe of docs/clusters/spark on a real standalone Spark cluster: a master and two workers of one core.

In the middle of a build a worker is killed with its executor and all other processes. The bytes must be those of a single run. A wrong
spec is told and not tried again. With `--long` also a share that stands still, with `spark.speculation`.

`python3 tests/clusters/spark_cluster.py --binary PATH` installs Spark in an environment below the target folder; Java 17 or newer has to be
there (Debian: openjdk-17-jre-headless).
"""

import os
import re
import shutil
import signal
import sys
from pathlib import Path

from _common import Build, enter_venv, wait_until
from _engine import Engine

PACKAGES = ["pyspark==4.3.0"]
MEMORY = "512m"
HOSTS = {"first": "127.0.0.2", "second": "127.0.0.3"}
SUBMIT = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": MEMORY,
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}
# Nothing runs long enough to be worth compiling well, which takes most of the time.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Whatever takes longer than the others is tried by a second executor.
SPECULATION = {"spark.speculation": "true", "spark.speculation.multiplier": "1.1", "spark.speculation.quantile": "0.5"}


class Spark(Engine):
    def __init__(self, tally):
        super().__init__(tally, "spark/build.py", shares=5)
        import pyspark

        self.bin = Path(pyspark.__file__).parent / "bin"
        self.environment.update(PYSPARK_PYTHON=sys.executable, JAVA_TOOL_OPTIONS=SHORT_LIVED)
        deploy = [self.bin / "spark-class", "org.apache.spark.deploy."]
        ports = ["--webui-port", "0", "--port", "0"]
        self.start("master", deploy[0], f"{deploy[1]}master.Master", "--host", "127.0.0.1", *ports)
        self.url = wait_until(lambda: re.search(r"spark://[\d.:]+\d", self.log("master").read_text()), "the master")[0]
        # Spark tries a task again beside itself only on another host.
        for name, host in HOSTS.items():
            size = ["--cores", "1", "--memory", MEMORY, "--work-dir", tally.root / name]
            self.start(name, deploy[0], f"{deploy[1]}worker.Worker", "--host", host, *ports, *size, self.url)
            wait_until(lambda name=name: "Successfully registered" in self.log(name).read_text(), name)

    def submit(self, settings=()):
        settings = [f"--conf={name}={value}" for name, value in {**SUBMIT, **dict(settings)}.items()]
        return [self.bin / "spark-submit", "--master", self.url, *settings]

    def speculate(self):
        """A share that stands still is tried by another executor beside the first attempt, and finds it locked."""
        recipe = self.begin(*self.submit(SPECULATION))
        still = wait_until(lambda: self.building_on("first"), "a share on first").pop()
        os.kill(still, signal.SIGSTOP)
        share = Path(f"/proc/{still}/cmdline").read_text().split("\0--worker\0")[1].split("\0")[0]
        calls = []

        def tried_again():
            calls.extend(self.calls.since())
            return sum(f"--worker {share}" in call for call in calls) > 1

        wait_until(tried_again, "a second attempt")
        os.kill(still, signal.SIGCONT)
        self.end(recipe, "speculation")


def main():
    if not shutil.which("java"):
        sys.exit("java: not found (apt-get install openjdk-17-jre-headless)")
    enter_venv("spark", *PACKAGES)
    tally = Build(__doc__)
    with Spark(tally) as spark:
        spark.refuse(*spark.submit())
        if tally.arguments.long:
            spark.speculate()
        spark.lose_node("second", *spark.submit())
    tally.end()


if __name__ == "__main__":
    main()
