"""Installs torch for tests on a CPU, without the gigabytes of CUDA libraries that PyPI's Linux wheel asks for.

That wheel is linked against them, so the system's loader wants files of their names that define the functions that torch names; on
a machine without a GPU none of these is called. This makes such files, of empty functions, beside torch's own. Only CUDA's small
runtime is called, to count the GPUs, and is real. Where this cannot be done (no compiler, another platform), the reason is printed and
torch is not there: tests that need it are skipped.
"""

import platform
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

TORCH = ["torch==2.15.0", "nvidia-cuda-runtime==13.2.86"]
NEEDED_BY_TORCH = ["filelock", "fsspec", "jinja2", "networkx", "sympy", "typing_extensions"]
LIBRARIES = Path(sysconfig.get_path("purelib"), "torch", "lib")
# The driver, which no machine without a GPU has; and the runtime, which is installed.
LEFT_OUT = ("libcuda.so.1", "libcudart.so.13")
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def wanted(library):
    """Names of the libraries that one needs, of the functions that it does not define, and whose versions these are."""
    names = set(re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-dW", library)))
    owners, owner = {}, None
    for line in output("readelf", "-VW", library).splitlines():
        if found := re.search(r"File: (\S+)", line):
            owner = found[1]
        elif found := re.search(r"Name: (\S+)\s+Flags: \S+\s+Version", line):
            owners[found[1]] = owner
    lines = output("nm", "-D", "--undefined-only", "--with-symbol-versions", library).splitlines()
    return names, owners, dict(line.split()[-1].partition("@")[::2] for line in lines)


def define(name, functions):
    """Compiles a library of this name with these functions, each with its version if it has one."""
    source = "".join(f"int {function}(void) {{ return 1; }}\n" for function in functions)
    versions = {}
    for function, version in functions.items():
        versions.setdefault(version, []).append(function)
    script = LIBRARIES / "versions.map"
    script.write_text("".join(f"{version} {{ global: {'; '.join(of)}; }};\n" for version, of in versions.items() if version))
    options = [f"-Wl,-soname,{name}"] + ([f"-Wl,--version-script={script}"] if script.read_text() else [])
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-fno-builtin", "-xc", "-", "-o", LIBRARIES / name, *options], input=source, text=True, check=True
    )
    script.unlink()


def stand_in():
    """Puts an empty library in the place of each one of CUDA's that torch needs and that is not there."""
    names, owners, functions = set(), {}, {}
    for library in sorted(LIBRARIES.glob("*.so*")):
        for into, found in zip((names, owners, functions), wanted(library), strict=True):
            into.update(found)
    cuda = {name for name in names if re.match(r"lib(cu|nccl|nv)", name) and name not in LEFT_OUT}
    for name in sorted(cuda):
        # Functions without a version are of any of them: cuDNN's and NCCL's.
        define(name, {f: v for f, v in functions.items() if owners.get(v) == name or (not v and re.match("cu|nccl|nv", f))})


def main():
    if (LIBRARIES / "libcudnn.so.9").exists():
        return
    try:
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise OSError("only the wheel of Linux on x86-64 is known here")
        subprocess.run([*PIP, "install", *NEEDED_BY_TORCH], check=True)
        subprocess.run([*PIP, "install", "--no-deps", *TORCH], check=True)
        stand_in()
        subprocess.run(
            [sys.executable, "-c", "import torch; assert torch.ones(2).sum() == 2 and not torch.cuda.is_available()"], check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"torch: not installed, so its tests are skipped: {error}", flush=True)
        subprocess.run([*PIP, "uninstall", "--yes", "torch"], check=True)


if __name__ == "__main__":
    main()
