"""What else an input holds: archives, tables, masks, pictures that are bad; and that it is read ahead of the work."""

import io
import json
import struct
import tarfile
import zipfile
import zlib

from case import files, hashes
from common import write_pictures, write_spec
from proxy import Delay, Proxy

# Seconds that each read of a picture takes, and more requests at once than anybody should make.
FAR = 0.25
MOST = 128


def tar(found):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in sorted(found.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def zipped(found):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(found.items()):
            archive.writestr(name, content)
    return stream.getvalue()


def archives(case):
    """A tar, a zip and the tars of a WebDataset are read from a bucket as from a disk."""
    found = files(case.pictures)
    halves = [{name: content for number, (name, content) in enumerate(found.items()) if number % 2 == half} for half in (0, 1)]
    held = {"all.tar": tar(found), "all.zip": zipped(found), "part-000000.tar": tar(halves[0]), "part-000001.tar": tar(halves[1])}
    folder = case.tally.root / "archives"
    folder.mkdir()
    for name, content in held.items():
        (folder / name).write_bytes(content)
    case.bucket.fill("archives/", held)
    for name in ("all.tar", "all.zip", "part-{000000..000001}.tar"):
        here, there = case.folder(), case.folder()
        local, remote = case.run(*case.build(folder / name, here)), case.run(*case.build(case.url(f"archives/{name}"), there))
        case.done(local, f"{name} of a disk")
        case.done(remote, f"{name} of a bucket")
        case.check("dataset.json" in files(here), f"{name}: no dataset")
        case.same(hashes(files(there)), f"{name} of a bucket", hashes(files(here)))


def png(side, level):
    """A gray PNG of one level."""
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = (b"\0" + bytes([level]) * side) * side
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def beside_pictures(case):
    """A table of labels and masks that stand beside the pictures."""
    found = {name: content for name, content in files(case.pictures).items() if name.startswith("class-0/")}
    side = int(next(iter(found.values())).split()[1])
    masks = {f"masks/{name.removesuffix('.ppm')}.png": png(side, number % 3) for number, name in enumerate(found)}
    table = "file_name,color\n" + "".join(f"{name},{'red' if number % 2 else 'blue'}\n" for number, name in enumerate(found))
    held = {**found, **masks, "metadata.csv": table.encode()}
    folder = case.tally.root / "labelled"
    for name, content in held.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    case.bucket.fill("labelled/", held)
    labels = {"from": "table", "path": "metadata.csv", "column": "color"}
    spec = write_spec(case.tally.root / "labelled.json", epochs=1, split=None, labels=labels, targets={"masks": {"path": "masks/NAME.png"}})
    expected, prefix = case.local(folder, spec=spec), case.fresh()
    case.check(any("/masks-" in name for name in expected), "masks: the local dataset has none")
    case.right(case.run(*case.build(case.url("labelled"), case.url(prefix), spec=spec)), prefix, "a table and masks", expected)


def bad_pictures(case):
    """An empty picture, one that is cut, one that is none: refused or left out as on a disk."""
    good = files(case.pictures)
    bad = {
        "class-1/empty.ppm": b"",
        "class-1/cut.ppm": good["class-0/0000000.ppm"][:100],
        "class-1/none.png": b"no picture",
        "notes.txt": b"notes",
    }
    folder = case.tally.root / "bad"
    for name, content in {**good, **bad}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    case.bucket.fill("bad/", {**good, **bad})
    prefix, here = case.fresh(), case.folder()
    remote, local = (case.run(*case.build(source, out)) for source, out in ((case.url("bad"), case.url(prefix)), (folder, here)))
    case.check(
        remote.returncode == local.returncode == 1, f"bad pictures: exit {remote.returncode}, {local.returncode} locally: {remote.stderr}"
    )
    for name in ("class-1/empty.ppm", "class-1/none.png"):
        case.check(
            (name in remote.stderr) == (name in local.stderr), f"bad pictures: {name} in one error and not in the other: {remote.stderr}"
        )
    case.nothing_half(prefix, "bad pictures")
    local = case.run(*case.build(folder, here, "--on-error", "skip"))
    remote = case.run(*case.build(case.url("bad"), case.url(prefix), "--on-error", "skip"))
    case.check(
        remote.returncode == local.returncode == 3,
        f"bad pictures left out: exit {remote.returncode}, {local.returncode} locally: {remote.stderr}",
    )
    case.same(case.tree(prefix), "bad pictures left out", hashes(files(here)))
    listed = [json.loads(line)["path"] for line in (here / "errors.jsonl").read_text().splitlines()]
    case.check(sorted(listed) == sorted(name for name in bad if name != "notes.txt"), f"bad pictures left out: {listed}")


def ahead(case):
    """Pictures that are far away are read beside each other, and not all at once."""
    with Proxy(case.server.address) as proxy:
        rule = proxy.rule(Delay(FAR), r"^GET .*\.ppm")
        prefix = case.fresh()
        result = case.run(*case.build(case.input, case.url(prefix)), proxy=proxy)
        case.right(result, prefix, "pictures that are far away")
        case.check(rule.struck >= 24, f"pictures that are far away: {rule.struck} reads were late")
        case.check(2 < proxy.most <= MOST, f"pictures that are far away: {proxy.most} requests at once")
        print(f"note: {rule.struck} reads of {FAR} s each, at most {proxy.most} at once")


def ahead_of_rows(case):
    """The same where a picture is read when its row is made, and rows of several shards are made in turn: one thread waits for few of them."""
    pictures, shards, side = 512, 2, 210
    folder, out = case.tally.root / "far", case.folder()
    write_pictures(folder, pictures, 8)
    case.bucket.fill("far/", files(folder))
    # Rows that are large, so that only one is made before it is another shard's turn.
    steps = [{"op": "resize", "width": side, "height": side}]
    spec = write_spec(case.tally.root / "far.json", epochs=1, split=None, batch_size=pictures // shards, pipeline=steps)
    expected = case.local(folder, spec=spec)
    with Proxy(case.server.address) as proxy:
        rule = proxy.rule(Delay(FAR), r"^GET .*\.ppm")
        result = case.run(*case.build(case.url("far"), out, "--threads", 1, "--json", spec=spec), proxy=proxy)
    if case.done(result, "rows of pictures that are far away"):
        case.same(hashes(files(out)), "rows of pictures that are far away", expected)
        seconds, alone = json.loads(result.stdout)["seconds"], rule.struck * FAR
        case.check(seconds < alone / 16, f"rows of pictures that are far away: {seconds:.1f} s, of {alone:.1f} s one after the other")
        print(f"note: {rule.struck} reads of {FAR} s each in {seconds:.1f} s")


ALL = (archives, beside_pictures, bad_pictures, ahead, ahead_of_rows)
