"""What the measurements of Python code say about the machine, and how they print a table."""

import os
from pathlib import Path


def machine():
    """The processor's name, how many cores this process may use, and how busy they are: figures of a shared machine swing."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor")
    return f"{name}, {len(os.sched_getaffinity(0))} cores, load average {os.getloadavg()[0]:.1f}"


def table(head, rows):
    """Prints a Markdown table; `head` and each of `rows` are the cells of a line."""
    for cells in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(cells)} |", flush=True)
    print(flush=True)
