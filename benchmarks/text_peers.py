"""Texts and a label each: a logistic regression on n-grams beside the figures of ours.

    python benchmarks/text_peers.py --data DIR

TF-IDF of words and pairs of words (names: up to four letters), with settings that were
not tuned. What ``defaults.py texts --test`` prints for a network goes beside it.
"""

import argparse
import os
import time
from pathlib import Path

from _text_tasks import read_labelled
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

WORDS = {"token_pattern": r"\S+", "ngram_range": (1, 2)}
LETTERS = {"analyzer": "char_wb", "ngram_range": (1, 4)}
SETS = {"trec": WORDS, "rt_polarity": WORDS, "names_nationality": LETTERS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=os.environ.get("SKSEQUENCE_DATA", "data"))
    data = Path(parser.parse_args().data)
    for name, options in SETS.items():
        (X, y), test = (
            read_labelled(data / name / f"{part}.tsv") for part in ("train", "test")
        )
        started = time.perf_counter()
        model = make_pipeline(
            TfidfVectorizer(sublinear_tf=True, **options),
            LogisticRegression(C=10, max_iter=2000),
        )
        score = model.fit(X, y).score(*test)
        print(f"{name:20} {score:.3f} in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
