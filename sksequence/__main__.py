"""``python -m sksequence``: a first look, on recordings of nine speakers."""

from argparse import ArgumentParser
from collections.abc import Sequence

from . import RNNClassifier
from ._version import __version__
from .datasets import load_japanese_vowels


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit a bidirectional GRU to nine speakers and print how often it knows them."""
    parser = ArgumentParser("python -m sksequence", description=main.__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    parser.parse_args(arguments)
    X_train, y_train = load_japanese_vowels(subset="train", return_X_y=True)
    X_test, y_test = load_japanese_vowels(subset="test", return_X_y=True)
    print(f"Japanese vowels, nine speakers. Training on a {X_train}.\n")
    clf = RNNClassifier(max_iter=30, random_state=0, verbose=1)
    clf.fit(X_train, y_train)
    right = round(clf.score(X_test, y_test) * len(y_test))
    print(
        f"\nOf {len(y_test)} recordings that it never heard, it names the speaker of "
        f"{right}: accuracy {right / len(y_test):.3f}."
    )


if __name__ == "__main__":
    main()
