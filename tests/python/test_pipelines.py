"""The recipes of docs/pipelines as they stand, run by make, dvc, Snakemake and pre-commit; of those for a CI, their scripts."""

import json
import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from package_datasets import lay
from prebake import _command

PAGES = ROOT / "docs/pipelines"
REQUIREMENTS = ROOT / "tests/python/requirements-pipelines.txt"
# What starts each tool, and what it says and ends with if the build ended with a code.
COMMANDS = {"make": ["make"], "dvc": ["dvc", "repro"], "snakemake": ["snakemake", "--cores", "2"]}
FILES = {"make": "Makefile", "dvc": "dvc.yaml", "snakemake": "Snakefile"}
FAILURES = {"make": (2, "data/dataset.json] Error {}"), "dvc": (255, "exited with {}"), "snakemake": (1, "non-zero exit status {}")}
# What the page says to end a command with where pictures may be left out.
LEFT_OUT = "|| (code=$?; test $code = 3 || exit $code)"
each_tool = pytest.mark.parametrize("tool", COMMANDS)


@pytest.fixture(scope="session")
def tools():
    """The folder of the tools' commands: they need other versions of packages than our own tests, so they have an environment of theirs."""
    home = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "venv-pipelines"
    installed = home / REQUIREMENTS.name
    if not (installed.exists() and installed.read_text() == REQUIREMENTS.read_text()):
        venv.create(home, clear=True, with_pip=True)
        pip = [home / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-r", REQUIREMENTS], check=True)
        shutil.copy(REQUIREMENTS, installed)
    return home / "bin"


class Project:
    """A folder with pictures, a spec and a recipe, where commands are run as if nothing else was configured."""

    def __init__(self, place, tools):
        self.place, self.programs = place, place.parent / f"{place.name}-programs"
        self.programs.mkdir()
        (self.programs / "prebake").symlink_to(shutil.which(_command.find()))
        shutil.copytree(ROOT / "fixtures/by_folder", place / "pictures")
        shutil.copy(place / "pictures/cat/0.jpg", place / "pictures/cat/it's $(a) # 1.jpg")
        shutil.copy(ROOT / "fixtures/specs/default.json", place / "augment.json")
        (place / ".dvc").mkdir()
        (place / ".dvc/config").write_text("[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n")
        self.environment = {
            **os.environ,
            "HOME": str(self.programs),
            "XDG_CACHE_HOME": str(self.programs / "cache"),
            "DVC_SITE_CACHE_DIR": str(self.programs / "dvc"),
            "PATH": os.pathsep.join([str(self.programs), str(tools), os.environ["PATH"]]),
        }

    def recipe(self, tool, *edits):
        """Puts a tool's file in place, with words of its build replaced as a reader would; the command that starts the tool."""
        text = (PAGES / tool / FILES[tool]).read_text()
        for old, new in edits:
            lines = text.splitlines(keepends=True)
            found = [line for line in lines if old in line and "prebake verify" not in line]
            assert len(found) == 1
            text = text.replace(found[0], found[0].replace(old, new))
        (self.place / FILES[tool]).write_text(text)
        return COMMANDS[tool]

    def recipe_with(self, tool, flags):
        """The same with more options of the build, given as the page says."""
        if tool == "make":
            return [*self.recipe(tool), f"FLAGS={flags}"]
        return self.recipe(tool, ("--quiet", f"--quiet {flags} {LEFT_OUT}"))

    def run(self, *command, code=0, **environment):
        """What a command prints; it ends with this code."""
        done = subprocess.run(
            command,
            cwd=self.place,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout[-3000:]
        return done.stdout

    def files(self):
        """Each file of the dataset's arrays, by what shows that it was written anew."""
        paths = sorted((self.place / "data").rglob("*.npy"))
        return {str(path.relative_to(self.place)): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}

    def manifest(self):
        return json.loads((self.place / "data/dataset.json").read_text())

    def is_as_from_scratch(self, *flags, code=0):
        """Whether the dataset is whole, and what a new build, which ends with this code, makes of the pictures there are."""
        self.run("prebake", "verify", "data", "--quiet")
        options = ["--spec", "augment.json", "--layout", "stable", "--out", "scratch", "--quiet", *flags]
        self.run("prebake", "build", "pictures", *options, code=code)
        same = (self.place / "scratch/dataset.json").read_bytes() == (self.place / "data/dataset.json").read_bytes()
        shutil.rmtree(self.place / "scratch")
        return same


@pytest.fixture
def project(tmp_path, tools):
    (tmp_path / "project").mkdir()
    return Project(tmp_path / "project", tools)


def change(pictures):
    """A picture with another content, one that is new, one that is gone."""
    shutil.copy(pictures / "cat/0.jpg", pictures / "rocket/0.jpg")
    shutil.copy(pictures / "cat/4.jpg", pictures / "cat/5.jpg")
    (pictures / "coffee/0.jpg").unlink()


@each_tool
def test_a_second_run_makes_nothing_and_a_change_its_own_blocks(project, tool):
    shutil.rmtree(project.place / "pictures")
    lay(project.place / "pictures", {"cat": 700, "owl": 600})
    spec = {"version": 1, "epochs": 2, "batch_size": 100, "pipeline": [{"op": "resize", "width": 12, "height": 12}]}
    (project.place / "augment.json").write_text(json.dumps(spec))
    flags = ["--shard-size", "100KiB"]
    command, stamp = project.recipe_with(tool, " ".join(flags)), project.place / "data.verified"
    project.run(*command)
    before, verified = project.files(), stamp.stat().st_mtime_ns
    project.run(*command)
    assert (project.files(), stamp.stat().st_mtime_ns) == (before, verified)
    shutil.copy(project.place / "pictures/cat/0000.png", project.place / "pictures/owl/0003.png")
    project.run(*command)
    after = project.files()
    assert 0 < len(before.items() & after.items()) < len(before) == len(after)
    assert stamp.stat().st_mtime_ns > verified
    assert project.is_as_from_scratch(*flags)


@each_tool
def test_bad_pictures_end_the_build_or_are_left_out_and_may_not_be_many(project, tool):
    assert LEFT_OUT in (PAGES / "README.md").read_text()
    failed, message = FAILURES[tool]
    project.run(*project.recipe(tool))
    assert project.is_as_from_scratch()
    manifest = project.manifest()
    change(project.place / "pictures")
    (project.place / "pictures/cat/bad.png").write_bytes(b"")
    assert message.format(1) in project.run(*project.recipe(tool), code=failed)
    assert project.manifest() == manifest
    project.run(*project.recipe_with(tool, "--on-error skip"))
    assert [skipped["path"] for skipped in project.manifest()["skipped"]] == ["cat/bad.png"]
    assert project.is_as_from_scratch("--on-error", "skip", code=3)
    (project.place / "pictures/cat/worse.png").write_bytes(b"")
    assert message.format(4) in project.run(*project.recipe_with(tool, "--on-error skip --max-errors 1"), code=failed)
    project.run("prebake", "verify", "data", "--quiet")


def test_a_check_that_failed_is_none(project):
    project.run(*project.recipe("make"))
    shard = next((project.place / "data").rglob("images-*.npy"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"\x77")
    (project.place / "data.verified").unlink()
    assert "data.verified] Error 12" in project.run("make", code=2)
    assert not (project.place / "data.verified").exists()


def test_the_rule_of_the_readme_follows_changes_too(project):
    (rule,) = re.findall(r"^```make\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    (project.place / "Makefile").write_text(rule)
    project.run("make")
    files = project.files()
    assert "up to date" in project.run("make")
    assert project.files() == files
    change(project.place / "pictures")
    project.run("make")
    assert project.is_as_from_scratch()


def test_snakemake_refuses_to_change_what_is_protected(project):
    command = project.recipe("snakemake", ('update(directory("data"))', 'protected(directory("data"))'))
    project.run(*command)
    files = project.files()
    assert not any((project.place / path).stat().st_mode & 0o222 for path in files)
    # Root may write what is read-only, and Snakemake asks whether it may.
    if os.geteuid() != 0:
        change(project.place / "pictures")
        assert "ProtectedOutputException" in project.run(*command, code=1)
        assert project.files() == files
    project.run("chmod", "-R", "u+w", "data")


def test_hard_links_of_dvc_are_files_and_symbolic_ones_are_not(project):
    config = project.place / ".dvc/config"
    text = config.read_text()
    config.write_text(f"{text}[cache]\n    type = hardlink\n")
    command = project.recipe("dvc")
    project.run(*command)
    change(project.place / "pictures")
    project.run(*command)
    assert next((project.place / "data").rglob("*.npy")).stat().st_nlink > 1
    assert project.is_as_from_scratch()
    config.write_text(f"{text}[cache]\n    type = symlink\n")
    (project.place / "pictures/cat/5.jpg").unlink()
    assert "dataset.json: a link, not a file" in project.run(*command, code=255)


def test_pre_commit_checks_the_spec_when_it_or_a_picture_changed(project):
    shutil.copy(PAGES / "pre-commit/pre-commit-config.yaml", project.place / ".pre-commit-config.yaml")
    project.run("git", "init", "--quiet")
    project.run("git", "add", ".pre-commit-config.yaml", "pictures", "augment.json")
    assert "Passed" in project.run("pre-commit", "run")
    spec = json.loads((project.place / "augment.json").read_text())
    spec["pipeline"][1]["degrees"] = "far"
    (project.place / "augment.json").write_text(json.dumps(spec))
    project.run("git", "add", "augment.json")
    told = project.run("pre-commit", "run", code=1)
    assert "exit code: 2" in told
    assert "degrees" in told
    assert "Skipped" in project.run("pre-commit", "run", "--files", ".pre-commit-config.yaml")


@pytest.mark.parametrize(("file", "schema"), [("github/github.yml", "github-workflows"), ("gitlab/gitlab.yml", "gitlab-ci")])
def test_the_files_of_the_ci_are_what_their_published_schemas_say(project, file, schema):
    project.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", str(PAGES / file))


class Runner:
    """Runs the scripts of a CI's jobs by bash, with a folder of caches; `pip install prebake` gives the command that is tested."""

    def __init__(self, project):
        self.project, self.caches = project, project.programs / "caches"
        self.caches.mkdir()
        command = (project.programs / "prebake").resolve()
        (project.programs / "prebake").unlink()
        pip = project.programs / "pip"
        pip.write_text(f'#!/bin/sh\ntest "$*" = "install prebake" && ln -sf {command} {project.programs}/prebake\n')
        pip.chmod(0o755)

    def github(self, fails=None, code=0):
        """Runs the workflow without a dataset, up to the step that ends with this code; the cache that it found, and what it prints."""
        job = yaml.safe_load((PAGES / "github/github.yml").read_text())["jobs"]["dataset"]
        outputs, key, found, told = self.project.programs / "outputs", None, None, ""
        outputs.write_text("")
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/cache@"):
                key = re.sub(r"\$\{\{ steps\.plan\.outputs\.(\w+) }}", lambda name: self.output(outputs, name[1]), step["with"]["key"])
                found = self.restore([key, step["with"]["restore-keys"]])
            elif "run" in step:
                script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
                failed = fails is not None and step.get("name") == fails
                told += self.project.run(*script, code=code if failed else 0, GITHUB_OUTPUT=str(outputs), **job["env"])
                if failed:
                    return found, told
        assert fails is None
        assert self.project.manifest()["plan_hash"] == self.output(outputs, "hash")
        if found != key:
            shutil.copytree(self.project.place / "data", self.caches / key)
        shutil.rmtree(self.project.place / "data")
        return found, told

    def output(self, outputs, name):
        return dict(line.split("=", 1) for line in outputs.read_text().splitlines())[name]

    def restore(self, keys):
        """The name of the newest cache that begins with the first key that any does."""
        for key in keys:
            for cache in sorted(self.caches.glob(f"{key}*"), key=lambda cache: cache.stat().st_ctime_ns, reverse=True):
                shutil.copytree(cache, self.project.place / "data")
                return cache.name
        return None

    def gitlab(self, code=0):
        """Runs the job of the dataset, which ends with this code, and that of its check; whether the pipeline went on to it."""
        text = yaml.safe_load((PAGES / "gitlab/gitlab.yml").read_text())
        for name, expected in [("dataset", code), ("verify", 0)]:
            script = [*text["default"]["before_script"], *text[name]["script"]]
            self.project.run("bash", "-eo", "pipefail", "-c", "\n".join(script), code=expected)
            if expected and expected not in text[name]["allow_failure"]["exit_codes"]:
                return False
        return True

    def report(self):
        return json.loads((self.project.place / "report.json").read_text())


def test_the_github_workflow_caches_by_the_plan(project):
    runner = Runner(project)
    assert runner.github()[0] is None
    first = next(runner.caches.iterdir()).name
    found, told = runner.github()
    assert (found, runner.report()["status"]) == (first, "up_to_date")
    assert "::warning::" not in told
    change(project.place / "pictures")
    (project.place / "pictures/cat/bad.png").write_bytes(b"")
    found, told = runner.github()
    assert (found, runner.report()["status"], runner.report()["skipped"]) == (first, "built", 1)
    assert "::warning::" in told
    assert runner.github()[0] not in (None, first)


def test_the_github_workflow_fails_where_a_command_does(project):
    runner = Runner(project)
    (project.place / "data").write_text("no folder")
    runner.github("Build", 2)
    for count in range(3):
        (project.place / f"pictures/cat/bad{count}.png").write_bytes(b"")
    assert "more than allowed" in runner.github("Plan", 4)[1]


def test_the_gitlab_jobs_go_on_with_code_3_and_stop_with_4(project):
    runner = Runner(project)
    assert runner.gitlab()
    files = project.files()
    assert runner.gitlab()
    assert (project.files(), runner.report()["status"]) == (files, "up_to_date")
    change(project.place / "pictures")
    (project.place / "pictures/cat/bad.png").write_bytes(b"")
    assert runner.gitlab(code=3)
    assert (runner.report()["status"], runner.report()["skipped"]) == ("built", 1)
    for count in range(3):
        (project.place / f"pictures/cat/bad{count}.png").write_bytes(b"")
    assert not runner.gitlab(code=4)


def test_each_recipe_has_its_part_of_the_page_and_its_link():
    page = (PAGES / "README.md").read_text()
    linked = set(re.findall(r"\]\((\w[\w-]*/[^)#]+)\)", page))
    assert linked == {str(path.relative_to(PAGES)) for path in PAGES.glob("*/*")}
