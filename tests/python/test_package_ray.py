"""`prebake.ray` without Ray; on a real cluster it is tested by tests/clusters/ray_cluster.py."""

import subprocess
import sys


def test_only_the_module_of_ray_needs_ray():
    words = "import sys; sys.modules['ray'] = None; import prebake; print(prebake.__version__, flush=True); import prebake.ray"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.strip()
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: import of ray halted")
