"""Generated calls of everything public: what breaks, by kind and by method.

    python benchmarks/fuzz.py --n 40000 [--seed 0] [--jobs 2]
    python benchmarks/fuzz.py --case 1000017

A case is one number, from which the same calls come each time; ``tests/fuzzing.py``
says what is called and what counts as a finding. The exit code is 1 if anything was
found that should never be.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from joblib import Parallel, delayed

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import fuzzing

PIECE = 50  # cases that a process is given at once
MOST_ERRORS = 0.005  # of them may name no argument


def main():
    """Run cases and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=2000, help="number of cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--case", type=int, help="one case alone")
    parser.add_argument("--each", type=int, default=1, help="examples of each group")
    options = parser.parse_args()
    started = time.perf_counter()
    first = options.seed * 10**6
    cases = range(first, first + options.n)
    if options.case is not None:
        cases = [options.case]
    pieces = [cases[k : k + PIECE] for k in range(0, len(cases), PIECE)]
    results = Parallel(n_jobs=options.jobs)(map(delayed(fuzzing.run_cases), pieces))
    found, calls, done, errors = zip(*results)
    findings = [finding for part in found for finding in part]
    seen, n_errors = sum(map(Counter, calls), Counter()), sum(errors)
    examples(findings, options.each)
    kinds = by_method(findings, seen)
    unnamed = kinds["no argument"] / max(n_errors, 1)
    print(
        f"\n{len(cases):,} cases, {sum(seen.values()):,} calls, {n_errors:,} errors, "
        f"{time.perf_counter() - started:.0f} s"
    )
    for kind in fuzzing.KINDS:
        portion = f"   {unnamed:.2%} of all errors" if kind == "no argument" else ""
        print(f"{kind:12} {kinds[kind]:6}{portion}")
    failed = sorted(fuzzing.everything() - set().union(*done))
    print(f"never succeeded: {', '.join(failed) or 'nothing'}")
    never = sum(kinds.values()) - kinds["no argument"]
    sys.exit(int(never > 0 or unnamed > MOST_ERRORS))


def examples(findings, each):
    """Print some findings of each group, the most frequent group last."""
    groups = {}
    for finding in findings:
        groups.setdefault(finding.group, []).append(finding)
    for group in sorted(groups.values(), key=len):
        print(f"{len(group)} times")
        for finding in group[:each]:
            print(finding)


def by_method(findings, seen):
    """Print the findings by method and kind; their numbers by kind."""
    table = Counter((finding.where, finding.kind) for finding in findings)
    print(f"\n{'method':44} {'calls':>7}" + "".join(f"{k:>13}" for k in fuzzing.KINDS))
    for where in sorted({*seen, *(finding.where for finding in findings)}):
        counts = "".join(f"{table[where, kind] or '.':>13}" for kind in fuzzing.KINDS)
        print(f"{where:44} {seen[where]:7}{counts}")
    return Counter(finding.kind for finding in findings)


if __name__ == "__main__":
    main()
