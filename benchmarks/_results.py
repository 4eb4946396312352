"""Files of results: a header of facts, then rows of comma-separated values."""

import csv
import os
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parent / "results"  # those of the docs


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
