#!/usr/bin/env python3
"""The recipe of docs/clusters/spark on a real standalone Spark cluster: a master and two workers of one core.

In the middle of a build a worker is killed with its executor and all other processes. The bytes must be those of a single run. A wrong
spec is told and not tried again.

`python3 tests/clusters/spark_cluster.py --binary PATH` installs Spark in an environment below the target folder; Java 17 or newer has to be
there (Debian: openjdk-17-jre-headless).
"""

import re
import sys
from pathlib import Path

from _common import Build, enter_venv, wait_until
from _engine import Engine

PACKAGES = ["pyspark==4.3.0"]
MEMORY = "512m"
SUBMIT = {"spark.executor.memory": MEMORY, "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}


class Spark(Engine):
    def __init__(self, tally):
        super().__init__(tally, "spark/build.py", shares=5)
        import pyspark

        self.bin = Path(pyspark.__file__).parent / "bin"
        self.environment.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
        deploy = [self.bin / "spark-class", "org.apache.spark.deploy."]
        place = ["--host", "127.0.0.1", "--webui-port", "0", "--port", "0"]
        self.start("master", deploy[0], f"{deploy[1]}master.Master", *place)
        self.url = wait_until(lambda: re.search(r"spark://[\d.:]+\d", self.log("master").read_text()), "the master")[0]
        for name in ("first", "second"):
            size = ["--cores", "1", "--memory", MEMORY, "--work-dir", tally.root / name]
            self.start(name, deploy[0], f"{deploy[1]}worker.Worker", *place, *size, self.url)
            wait_until(lambda name=name: "Successfully registered" in self.log(name).read_text(), name)

    def submit(self):
        settings = [f"--conf={name}={value}" for name, value in SUBMIT.items()]
        return [self.bin / "spark-submit", "--master", self.url, *settings]


def main():
    enter_venv("spark", *PACKAGES)
    tally = Build(__doc__)
    with Spark(tally) as spark:
        spark.refuse(*spark.submit())
        spark.lose_node("second", *spark.submit())
    tally.end()


if __name__ == "__main__":
    main()
