"""`kill -9` at spread times of a build, and the same command again after each, until it is done.

The folder must then hold, byte for byte, what a run that nobody disturbs writes; and right after each kill a loader must find either
no dataset.json or a dataset that is right. Runs with only the standard library: `python3 tests/torture/kill.py --binary PATH`.
"""

import shutil
import subprocess
import time

from common import TIMEOUT, Tally, differences, manifest_key, tree, what_is_wrong, write_pictures, write_spec

KILLS = {False: 15, True: 200}


class Story:
    """A dataset that is built by several commands, which are killed and run again."""

    def __init__(self, tally, name, commands, expected, known, before=None, updates=False):
        self.tally, self.name, self.commands, self.expected, self.known, self.before = tally, name, commands, expected, known, before
        # An update leaves no moment without a dataset.
        self.out, self.updates = tally.root / "out", updates

    def begin(self):
        shutil.rmtree(self.out, ignore_errors=True)
        if self.before:
            shutil.copytree(self.before, self.out)

    def durations(self):
        """How long the commands take, undisturbed."""
        self.begin()
        takes = []
        for group in self.commands:
            started = time.monotonic()
            for code, error in self.run(group, None):
                assert code == 0, error
            takes.append(time.monotonic() - started)
        return takes

    def run(self, group, seconds):
        """Runs commands beside each other, and kills them after `seconds`. Says how each ended."""
        running = [subprocess.Popen(self.tally.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for command in group]
        if seconds is not None:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and any(one.poll() is None for one in running):
                time.sleep(0.0005)
            for one in running:
                one.kill()
        ended = [(one, one.communicate(timeout=TIMEOUT)[1].decode()) for one in running]
        return [(one.returncode, error) for one, error in ended]

    def tell(self, kills):
        """Kills `kills` times, at times that spread over the whole run, and builds to the end as often as it takes."""
        takes, done, tries = self.durations(), 0, 0
        while done < kills:
            self.begin()
            for step, group in enumerate(self.commands):
                while True:
                    # The golden ratio spreads any number of times evenly.
                    tries += 1
                    seconds = takes[step] * (tries * 0.6180339887 % 1) if done < kills else None
                    ended = self.run(group, seconds)
                    killed = sum(code == -9 for code, _ in ended)
                    done += killed
                    wrong = what_is_wrong(self.out, self.known, self.updates)
                    at = f"{self.name}: step {step}, kill {done} after {seconds and round(seconds, 3)} s"
                    self.tally.check(wrong is None, f"{at}: {wrong}")
                    if killed == 0:
                        break
                if not self.tally.check(all(code == 0 for code, _ in ended), f"{at}: {ended}"):
                    return
            there = tree(self.out)
            self.tally.check(there == self.expected, f"{at}: differs: {differences(there, self.expected)}")


def made(tally, known, out, *arguments):
    """A dataset that nobody disturbs."""
    result = tally.run(*arguments, "--out", out)
    assert result.returncode == 0, result.stderr
    known[manifest_key(out)] = tree(out)
    return out


def main():
    tally = Tally(__doc__)
    pictures, out = tally.root / "pictures", tally.root / "out"
    write_pictures(pictures, 90, 40)
    spec, other = write_spec(tally.root / "spec.json"), write_spec(tally.root / "other.json", seed=8, epochs=4, split={"val": 0.1, "test": 0.2})
    build = ["build", pictures, "--spec", spec, "--batches-per-shard", 1, "--out"]
    whole, before = tally.root / "whole", tally.root / "before"
    for result in (tally.run(*build, whole), tally.run("build", pictures, "--spec", other, "--batches-per-shard", 2, "--out", before)):
        assert result.returncode == 0, result.stderr
    expected = tree(whole)
    known = {manifest_key(root): tree(root) for root in (whole, before)}
    workers = [[*build, out, "--worker", f"{index}/3"] for index in (1, 2, 3)]
    stable = write_spec(tally.root / "stable.json", layout="stable")
    changed = tally.root / "changed"
    shutil.copytree(pictures, changed)
    write_pictures(changed, 6, 41)
    grown = lambda name, *arguments: made(tally, known, tally.root / name, *arguments)
    first, second = (grown(name, "build", of, "--spec", stable) for name, of in (("first", pictures), ("second", changed)))
    longer = grown("longer", *build[:-1], "--epochs", 6)
    update = ["build", changed, "--spec", stable, "--out", out, "--update"]
    stories = [
        Story(tally, "plain", [[[*build, out]]], expected, known),
        Story(tally, "workers", [workers, [["commit", out]]], expected, known),
        Story(tally, "force", [[[*build, out, "--force"]]], expected, known, before),
        Story(tally, "update", [[update]], tree(second), known, first, True),
        Story(tally, "more epochs", [[[*build, out, "--epochs", 6, "--update"]]], tree(longer), known, whole, True),
    ]
    for number, story in enumerate(stories):
        kills = KILLS[tally.arguments.long]
        story.tell(kills // len(stories) + (number < kills % len(stories)))
    tally.end()


if __name__ == "__main__":
    main()
