"""Whether there are targets, and as many as there are sequences."""

from ..sequences import check_sample_weight


def check_lengths_agree(y, n_sequences, suffix=""):
    """Raise an error if X and y (or X_val and y_val) are not of one length."""
    if len(y) != n_sequences:
        raise ValueError(
            f"y{suffix} must have one entry for each sequence of X{suffix}. "
            f"X{suffix} has {n_sequences} sequences, y{suffix} has {len(y)} "
            "entries: inconsistent numbers of samples."
        )


def weights_of_score(sample_weight, n_sequences):
    """Weights for a score, some of them above zero; None for None."""
    if sample_weight is None:
        return None
    weights = check_sample_weight(sample_weight, n_sequences)
    if not weights.any():
        raise ValueError("sample_weight makes the weight of every sequence zero.")
    return weights


def check_y_given(estimator, y):
    """Raise an error if there are no targets."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
