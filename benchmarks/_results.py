"""Files of results: a header of facts, then rows of comma-separated values."""

import csv
import os
import platform
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent / "results"  # those of the docs


def machine():
    """What all results depend on, by name."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    models = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return {
        "date": datetime.now().isoformat(timespec="seconds"),
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else "unknown",
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "torch", "skorch", "sksequence")},
    }


@contextmanager
def results_file(path, facts, fields):
    """Print the facts, and open a file (None: nowhere) for rows.

    Yields
    ------
    write : callable
        Takes a row, a dict; it is in the file at once.
    """
    header = [f"# {name}: {value}" for name, value in facts.items()]
    print("\n".join(header))
    with open(path or os.devnull, "w", newline="") as file:
        file.write("\n".join(header) + "\n")
        writer = csv.DictWriter(file, fields)
        writer.writeheader()

        def write(row):
            writer.writerow(row)
            file.flush()

        yield write


def read(path):
    """The facts, and the rows as dicts of text."""
    with open(path, newline="") as file:
        lines = file.read().splitlines()
    facts = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    rows = csv.DictReader(line for line in lines if not line.startswith("# "))
    return facts, list(rows)
