"""`build`, `plan` and `preview`: what goes to the command, what comes back, what is shown, how it fails and stops."""

import json
import os
import pickle
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import prebake
import pytest
from package_datasets import lay, spec
from prebake import _command


@pytest.fixture
def pictures(tmp_path):
    lay(tmp_path / "pictures", {"cat": 6, "owl": 5})
    return tmp_path / "pictures"


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A command that does what a test says, in the place of prebake."""

    def run(body):
        script = tmp_path / "fake"
        script.write_text(f"#!{sys.executable}\nimport json, os, signal, sys, time\n{body}\n")
        script.chmod(0o755)
        monkeypatch.setenv("PREBAKE", str(script))

    return run


def test_build_gives_the_dataset_and_plan_what_it_would_be(pictures, tmp_path):
    planned = prebake.plan(pictures, spec=spec(), split="val=2", epochs=2)
    assert planned["status"] == "planned"
    dataset = prebake.build(pictures, tmp_path / "out", spec=spec(), split="val=2", epochs=2)
    assert planned["plan_hash"] == dataset.manifest["plan_hash"]
    assert dataset["train"].epochs == 2
    assert dataset["val"].rows_per_epoch == 2
    # There already, with the spec in a file.
    (tmp_path / "spec.json").write_text(json.dumps(spec()))
    again = prebake.build(str(pictures), str(tmp_path / "out"), spec=tmp_path / "spec.json", split="val=2", epochs=2)
    assert again.manifest == dataset.manifest


def test_preview_draws_a_sheet(pictures, tmp_path):
    sheet = prebake.preview(pictures, tmp_path / "sheet.png", spec=spec(), rows=2, images=3)
    assert sheet == tmp_path / "sheet.png"
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_failures_are_raised_with_code_and_message(pictures, tmp_path):
    with pytest.raises(prebake.CommandError, match="nothing") as raised:
        prebake.build(tmp_path / "nothing", tmp_path / "out", spec=spec())
    assert raised.value.exit_code == 2
    (pictures / "cat" / "bad.png").write_bytes(b"")
    with pytest.raises(prebake.CommandError, match=r"bad\.png: the file is empty") as raised:
        prebake.build(pictures, tmp_path / "out", spec=spec())
    assert raised.value.exit_code == 1
    assert str(raised.value) == raised.value.message
    again = pickle.loads(pickle.dumps(raised.value))
    assert (again.exit_code, again.message) == (1, raised.value.message)
    with pytest.raises(prebake.CommandError, match="--colour"):
        prebake.plan(pictures, spec=spec(), colour="red")


def test_pictures_that_are_left_out_are_told_and_no_failure(pictures, tmp_path, capsys):
    (pictures / "cat" / "bad.png").write_bytes(b"")
    dataset = prebake.build(pictures, tmp_path / "out", spec=spec(), on_error="skip")
    assert [skipped["path"] for skipped in dataset.manifest["skipped"]] == ["cat/bad.png"]
    assert "bad.png" in capsys.readouterr().err
    (tmp_path / "quiet").mkdir()
    prebake.build(pictures, tmp_path / "quiet" / "out", spec=spec(), on_error="skip", quiet=True)
    assert capsys.readouterr().err == ""


def test_options_become_flags(fake):
    fake("print(json.dumps(sys.argv[1:]))")
    told = _command.run("build", Path("in"), batch_size=4, force=True, update=False, seed=None, out=Path("o"), split="val=0.1")
    assert told == ["build", "in", "--json", "--log-format", "json", "--batch-size", "4", "--force", "--out", "o", "--split", "val=0.1"]


EVENTS = [
    {"level": "info", "message": "build: begins", "event": "begin"},
    {"level": "info", "message": "build: 2 of 20 rows", "event": "progress"},
    {"level": "info", "message": "build: 9 of 20 rows", "event": "progress"},
    {"level": "warning", "message": "a picture is odd"},
]


@pytest.mark.parametrize("where", ["terminal", "notebook", "log"])
def test_progress_is_shown_where_somebody_looks(fake, monkeypatch, where):
    fake(f"for event in {EVENTS!r}: print(json.dumps(event), file=sys.stderr)\nprint('{{}}')")
    written = []

    # Of a notebook: without a descriptor, and no terminal.
    class Stream:
        def write(self, text):
            written.append(text)

        def flush(self):
            pass

        def isatty(self):
            return where == "terminal"

    Stream.__module__ = "ipykernel.iostream" if where == "notebook" else __name__
    monkeypatch.setattr(sys, "stderr", Stream())
    assert _command.run("build") == {}
    text = "".join(written)
    assert "prebake: warning: a picture is odd\n" in text
    assert ("\rbuild: 9 of 20 rows" in text) == (where != "log")
    assert "begins" not in text


def test_progress_goes_to_who_asks_for_it(fake, monkeypatch, capsys):
    fake(f"for event in {EVENTS!r}: print(json.dumps(event), file=sys.stderr)\nprint('{{}}')")
    monkeypatch.setattr(_command, "watched", lambda: True)
    told = []
    assert _command.call("build", [], {}, told.append) == {}
    assert told == EVENTS[1:3]
    assert capsys.readouterr().err == "prebake: warning: a picture is odd\n"


def test_results_and_messages_of_any_length_come_through(fake):
    told = {"level": "info", "message": "y" * 50}
    fake(f"print(json.dumps({{'a': 'x' * 10**6}}))\nfor _ in range(9999): print(json.dumps({told!r}), file=sys.stderr)")
    assert len(_command.run("plan")["a"]) == 10**6
    fake("print('thread main panicked', file=sys.stderr)\nsys.exit(101)")
    with pytest.raises(prebake.CommandError, match="thread main panicked") as raised:
        _command.run("plan")
    assert raised.value.exit_code == 101
    fake("os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(prebake.CommandError, match="exit code -9"):
        _command.run("plan")


@pytest.mark.parametrize("to", ["python", "both"])
def test_an_interrupt_stops_the_command_once_and_waits_for_it(fake, tmp_path, to, monkeypatch):
    monkeypatch.setattr(_command, "PATIENCE_SECONDS", 0.5)
    log = tmp_path / "log"
    body = f"""
log = open({str(log)!r}, "a", buffering=1)
def stop(number, frame):
    log.write("asked\\n")
    time.sleep(0.3)
    log.write("ended\\n")
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
log.write(f"{{os.getpid()}}\\n")
while True: time.sleep(0.05)
"""
    fake(body)

    def interrupt():
        while not (log.exists() and log.read_text().endswith("\n")):
            time.sleep(0.02)
        if to == "both":
            # A terminal sends it to all of its group.
            os.kill(int(log.read_text()), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        _command.run("build")
    assert log.read_text().splitlines()[1:] == ["asked", "ended"]


def test_the_command_is_found_by_name_in_the_installation_and_on_the_path(monkeypatch, tmp_path):
    monkeypatch.delenv("PREBAKE", raising=False)
    installed = Path(sysconfig.get_path("scripts"), "prebake")
    assert _command.find() == str(installed)
    told = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True).stdout
    assert told.split()[:2] == ["prebake", prebake.__version__]
    monkeypatch.setenv("PREBAKE", "/some/where")
    assert _command.find() == "/some/where"
    monkeypatch.delenv("PREBAKE")
    monkeypatch.setattr(sysconfig, "get_path", lambda *_: str(tmp_path))
    monkeypatch.setenv("PATH", str(installed.parent))
    assert _command.find() == str(installed)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(prebake.CommandError, match="pip install prebake") as raised:
        _command.find()
    assert raised.value.exit_code == 127


def test_a_dataset_in_a_bucket_is_not_opened():
    with pytest.raises(ValueError, match="s3://bucket/data: cannot be opened where it is"):
        prebake.build("pictures", "s3://bucket/data", spec={})
