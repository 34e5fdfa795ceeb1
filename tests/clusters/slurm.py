#!/usr/bin/env python3
"""The recipe of docs/clusters/slurm on a real Slurm: munged, slurmctld and slurmd on loopback, one node that claims to have eight cores.

    python3 tests/clusters/slurm.py --binary target/release/prebake [--long]

An array of eight, one task requeued by `scontrol`, the process of another killed, then the commit that depends on all: the bytes of a
single run. Then tasks that fail for good, whose commit never starts. Needs root and Debian's slurmctld, slurmd, slurm-client and munge;
has its own configuration and ports, and stops what it started, if a signal ends it, too. The last line is `N passed, N failed`; the exit
code is 1 if any failed.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys

from _common import PATIENCE, ROOT, Build, kill, processes, wait_until

RECIPE = ROOT / "docs" / "clusters" / "slurm"
PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "scancel"]
TASKS = 8
ENDS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
# `cred_expire` is also how long a requeued task waits before it starts again.
CONFIGURATION = """
ClusterName=prebake
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={root}/munge.socket,cred_expire=5
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd.pid
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,bf_interval=2
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=8000
PartitionName=all Nodes=ALL Default=YES State=UP
"""


def free_ports(count):
    """Ports that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def leave(number, _):
    """Ends the program by an exception, so that all that it started is stopped; nothing ends it a second time meanwhile."""
    for end in ENDS:
        signal.signal(end, signal.SIG_IGN)
    sys.exit(128 + number)


class Slurm:
    """A cluster of one node on loopback, which claims to have so many cores, with all that it writes below `root`."""

    def __init__(self, root, binary, cpus=TASKS):
        self.root, self.daemons = root, []
        programs = root / "programs"
        programs.mkdir(parents=True)
        (root / "state").mkdir()
        (root / "spool").mkdir()
        (programs / "prebake").symlink_to(binary)
        host = socket.gethostname().split(".")[0]
        (root / "slurm.conf").write_text(CONFIGURATION.format(host=host, cpus=cpus, ports=free_ports(2), root=root))
        path = os.pathsep.join([str(programs), os.environ["PATH"], "/usr/sbin"])
        self.environment = {**os.environ, "SLURM_CONF": str(root / "slurm.conf"), "PATH": path}

    def __enter__(self):
        # The daemons are in sessions of their own, and would outlive the program.
        for end in ENDS:
            signal.signal(end, leave)
        try:
            key = self.root / "munge.key"
            key.touch(mode=0o400)
            key.write_bytes(os.urandom(128))
            place = lambda name: f"--{name}-file={self.root}/munge.{name}"
            socket_file = self.root / "munge.socket"
            self.start("munged", "--force", "--foreground", f"--socket={socket_file}", *map(place, ("key", "pid", "seed", "log")))
            wait_until(socket_file.exists, "munged")
            self.start("slurmctld", "-D", "-c")
            wait_until(lambda: self.asks("scontrol", "ping").returncode == 0, "slurmctld")
            self.start("slurmd", "-D")
            wait_until(lambda: "State=IDLE" in self.asks("scontrol", "show", "node").stdout, "slurmd")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # Jobs end before the daemons do, so that nobody is left who would end them.
        try:
            if len(self.daemons) == 3:
                self.asks("scancel", "--user=root")
                wait_until(lambda: not self.asks("squeue", "--noheader", "--states=running,completing").stdout, "the end of all jobs")
        finally:
            for daemon in reversed(self.daemons):
                daemon.terminate()
                try:
                    daemon.wait(10)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()

    def start(self, *command):
        log = (self.root / f"{command[0]}.out").open("wb")
        self.daemons.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, start_new_session=True))

    def asks(self, *command):
        """Runs a command of Slurm to its end."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)

    def submit(self, recipe, *options, more=(), **variables):
        """The number of a job of a recipe with `more` arguments, whose environment has `variables`."""
        environment = {**self.environment, **{name: str(value) for name, value in variables.items()}}
        command = ["sbatch", "--parsable", f"--chdir={self.root}", *options, RECIPE / recipe, *more]
        said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
        assert said.returncode == 0, said.stderr
        return said.stdout.strip()

    def jobs(self, job):
        """What `scontrol` says of a job, or of each task of an array."""
        said = self.asks("scontrol", "--oneliner", "show", "job", job).stdout
        return [dict(field.split("=", 1) for field in line.split() if "=" in field) for line in said.splitlines() if line]

    def state(self, job):
        """The states of all its tasks."""
        return {one["JobState"] for one in self.jobs(job)}

    def ended(self, job):
        """The states of all its tasks, once none is waiting or running."""
        return (self.state(job) - {"COMPLETED", "FAILED", "CANCELLED"} == set()) and self.state(job)

    def log(self, name):
        file = self.root / f"{name}.log"
        return file.read_text() if file.exists() else ""


def processes_of(cluster, job, task):
    """The numbers of the prebake processes of a task: one, if it is running."""
    variables = {"SLURM_CONF": cluster.root / "slurm.conf", "SLURM_ARRAY_JOB_ID": job, "SLURM_ARRAY_TASK_ID": task}
    return processes(*(f"{name}={value}" for name, value in variables.items()))


class Story:
    """An array and its commit, into a folder of their own."""

    def __init__(self, build, cluster, name, *options, recipe="build.sbatch", then="afterok", **changes):
        self.build, self.cluster, self.name, self.out = build, cluster, name, cluster.root / name
        variables = {"INPUT": build.input, "SPEC": build.spec, "OUT": self.out, **changes}
        self.array = cluster.submit(recipe, "--cpus-per-task=1", f"--array=0-{TASKS - 1}", *options, **variables)
        self.commit = cluster.submit("commit.sbatch", f"--dependency={then}:{self.array}", OUT=self.out)

    def check(self, holds, what):
        return self.build.check(holds, f"{self.name}: {what}")

    def wait_until_begun(self, shards):
        """Waits until so many shards are there, which is long before all are."""
        begun = lambda: self.build.shards(self.out)[0] >= shards
        wait_until(lambda: begun() or self.cluster.ended(self.array), f"{self.name}: {shards} shards")
        assert begun(), f"{self.name}: ended before {shards} shards: {self.logs()}"

    def kill(self, task):
        """Kills prebake in a task, and nothing else of the task."""
        wait_until(lambda: any(map(kill, processes_of(self.cluster, self.array, task))), f"{self.name}: task {task}")

    def check_array(self, states, **restarts):
        """Waits for the end of all tasks, and checks how they ended and how often they began again."""
        found = wait_until(lambda: self.cluster.ended(self.array), f"{self.name}: the array")
        self.check(found == states, f"tasks end as {found}, not as {states}: {self.logs()}")
        jobs = {one["ArrayTaskId"]: int(one["Restarts"]) for one in self.cluster.jobs(self.array)}
        expected = {str(task): restarts.get(f"task{task}", 0) for task in range(TASKS)}
        self.check(jobs == expected, f"restarts {jobs}, not {expected}")

    def check_whole(self, expected=None):
        """Waits for the commit, which leaves the bytes of a single run, or those that are `expected`."""
        found = wait_until(lambda: self.cluster.ended(self.commit), f"{self.name}: the commit")
        self.check(found == {"COMPLETED"}, f"the commit ends as {found}: {self.cluster.log(f'prebake-commit-{self.commit}')}")
        self.build.check_same(self.out, self.name, expected)
        self.build.check(self.build.run("commit", self.out).returncode == 0, f"{self.name}: a second commit fails")
        self.build.check_same(self.out, f"{self.name}: after a second commit", expected)
        shutil.rmtree(self.out, ignore_errors=True)

    def check_undone(self):
        """The commit never starts, Slurm says why, and there is no dataset."""
        never = lambda: self.cluster.jobs(self.commit)[0].get("Reason") == "DependencyNeverSatisfied"
        wait_until(never, f"{self.name}: a commit that will never start")
        self.check(self.cluster.state(self.commit) == {"PENDING"}, "the commit has started")
        self.check(not (self.out / "dataset.json").exists(), "there is a dataset.json")
        self.cluster.asks("scancel", self.commit)

    def logs(self):
        return "".join(self.cluster.log(f"prebake-{self.array}_{task}")[-300:] for task in range(TASKS))


def killed_and_requeued(build, cluster, name="requeued", kills=1):
    """One task is requeued by the administrator, the process of another is killed, so that the task requeues itself."""
    story = Story(build, cluster, name)
    story.wait_until_begun(TASKS)
    said = cluster.asks("scontrol", "requeue", f"{story.array}_2")
    story.check(said.returncode == 0, f"requeue: {said.stderr}")
    for _ in range(kills):
        story.kill(5)
        wait_until(lambda: not processes_of(cluster, story.array, 5), f"{name}: the end of task 5")
    waiting = cluster.jobs(story.commit)[0]
    story.check((waiting["JobState"], waiting["Reason"]) == ("PENDING", "Dependency"), f"the commit does not wait: {waiting}")
    done, of = build.shards(story.out)
    story.check(0 < done < of, f"{done} of {of} shards are not the middle")
    story.check_array({"COMPLETED"}, task2=1, task5=kills)
    story.check_whole()


def killed_for_good(build, cluster):
    """A task that is killed and may not be requeued fails; its commit never starts; one more task makes what is missing."""
    story = Story(build, cluster, "failed", "--no-requeue")
    story.wait_until_begun(TASKS)
    story.kill(5)
    story.check_array({"COMPLETED", "FAILED"})
    story.check({one["ExitCode"] for one in cluster.jobs(f"{story.array}_5")} == {"137:0"}, "the code of the killed task")
    story.check_undone()
    refused = build.run("commit", story.out)
    story.check((refused.returncode, "is missing" in refused.stderr) == (10, True), f"commit: {refused.stderr}")
    (done, _), before = build.shards(story.out), {file: file.stat().st_mtime_ns for file in story.out.rglob("*.npy")}
    rest = cluster.submit("build.sbatch", "--array=0", INPUT=build.input, SPEC=build.spec, OUT=story.out)
    wait_until(lambda: cluster.ended(rest) == {"COMPLETED"}, "the task that makes the rest")
    kept = sum(file.exists() and file.stat().st_mtime_ns == written for file, written in before.items())
    # Images, labels and sources; what the killed process had not finished is made again.
    story.check(0 < 3 * done <= kept, f"of {done} finished shards only {kept} files are kept")
    story.commit = cluster.submit("commit.sbatch", f"--dependency=afterok:{rest}", OUT=story.out)
    story.check_whole()


def wrong_spec(build, cluster):
    """What would fail again is not tried again."""
    spec = build.root / "wrong.json"
    spec.write_text('{"version": 1, "pipeline": [{"op": "nothing"}]}')
    story = Story(build, cluster, "wrong", SPEC=spec)
    story.check_array({"FAILED"})
    story.check({one["ExitCode"] for one in cluster.jobs(story.array)} == {"2:0"}, "the code of a wrong spec")
    story.check("nothing" in cluster.log(f"prebake-{story.array}_0"), "the log does not name the op")
    story.check_undone()


def left_out(build, cluster):
    """Pictures that are left out are no failure of any job."""
    pictures, skip = ROOT / "fixtures" / "broken", ["--on-error", "skip"]
    story = Story(build, cluster, "left-out", more=skip, INPUT=pictures)
    story.check_array({"COMPLETED"})
    story.check_whole(build.single(pictures, *skip))


def ranks(build, cluster):
    """One job with many processes, as the page says: each reads its rank, and all one list of the pictures."""
    out, plan = cluster.root / "ranks", cluster.root / "plan.json"
    frozen = build.run("plan", build.input, "--spec", build.spec, "--out", plan, "--quiet")
    build.check(frozen.returncode == 0, f"ranks: plan: {frozen.stderr}")
    command = ["prebake", "build", build.input, "--plan", plan, "--out", out, "--worker", "auto", "--threads", "1", "--quiet"]
    said = cluster.asks("srun", f"--ntasks={TASKS}", f"--chdir={cluster.root}", *map(str, command))
    build.check(said.returncode == 0, f"ranks: {said.stderr}")
    build.check(f"worker {TASKS}/{TASKS} done" in said.stdout, f"ranks: no worker {TASKS} of {TASKS}: {said.stdout}")
    build.check(build.run("commit", out).returncode == 0, "ranks: the commit fails")
    build.check_same(out, "ranks")


def claims(build, cluster):
    """Without shares: two tasks die and stay dead, the others take over what they had, as the page says."""
    recipe = build.root / "claim.sbatch"
    recipe.write_text((RECIPE / "build.sbatch").read_text().replace("--worker auto", "--claim --lease 5"))
    story = Story(build, cluster, "claims", "--no-requeue", recipe=recipe, then="afterany")
    story.wait_until_begun(TASKS)
    story.kill(2)
    story.kill(5)
    story.check_array({"COMPLETED", "FAILED"})
    story.check_whole()


def require():
    """Ends the program, and says why, if Slurm is not installed or may not be started."""
    missing = [program for program in PROGRAMS if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")]
    if missing or os.geteuid() != 0:
        print(f"needs root and Debian's slurmctld, slurmd, slurm-client and munge; missing: {', '.join(missing) or 'root'}")
        sys.exit(1)


def main():
    require()
    build = Build(__doc__)
    with Slurm(build.root / "slurm", build.arguments.binary) as cluster:
        killed_and_requeued(build, cluster)
        killed_for_good(build, cluster)
        wrong_spec(build, cluster)
        left_out(build, cluster)
        ranks(build, cluster)
        claims(build, cluster)
        for round in range(4 if build.arguments.long else 0):
            killed_and_requeued(build, cluster, f"requeued-{round}", kills=1 + round)
    build.end()


if __name__ == "__main__":
    main()
