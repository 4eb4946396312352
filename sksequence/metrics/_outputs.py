"""Scores of output sequences, whose lengths may differ from those of the true ones."""

from collections.abc import Iterator, Mapping, Sequence, Set, ValuesView
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._extras import import_extra
from .._messages import brief, naming
from .._text import normalize, texts_of_one_token
from .._typing import Outputs
from ..sequences import (
    RaggedArray,
    check_sample_weight,
    check_some_weight,
    unit_of,
    weighted_mean,
)

FEWEST_TEXTS = 2  # of one token each, for a warning


def exact_match_score(
    y_true: Outputs, y_pred: Outputs, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Fraction of the outputs that are right from the first token to the last.

    Parameters
    ----------
    y_true, y_pred : list of str, or list of sequences of tokens
        Strings are compared in the form in which a TokenEncoder reads them: Unicode's
        form NFC, with line ends as ``"\\n"``.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the outputs.

    Returns
    -------
    score : float

    Raises
    ------
    TypeError
        If an output is a string, and the true one a list of tokens, or the reverse.
    ValueError
        If y_true and y_pred differ in their number of outputs, or are empty.

    Examples
    --------
    >>> from sksequence.metrics import exact_match_score
    >>> exact_match_score(["K AE T", "D AO G"], ["K AE T", "D AH G"])
    0.5
    """
    pairs, weights = _check(y_true, y_pred, sample_weight)
    kinds = ["a list of tokens", "a string"]
    for i, pair in enumerate(pairs):
        true, found = (kinds[isinstance(output, str)] for output in pair)
        if true != found:
            raise TypeError(
                f"y_true[{i}] is {true}, but y_pred[{i}] is {found}. Expected outputs "
                "of one kind."
            )
    right = [_as_read(a) == _as_read(b) for a, b in pairs]
    return weighted_mean(right, weights)


def token_error_rate(
    y_true: Outputs,
    y_pred: Outputs,
    *,
    analyzer: Literal["word", "char"] = "word",
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Number of edits that correct the outputs, divided by the number of true tokens.

    Edits are insertions, deletions and substitutions [1]_. With words as tokens this is
    the word error rate (WER), with phones the phone error rate (PER), with characters
    the character error rate (CER). It may exceed 1.

    Parameters
    ----------
    y_true, y_pred : list of str, or list of sequences of tokens
    analyzer : {"word", "char"}, default="word"
        Whether strings are split at spaces or into characters.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the outputs.

    Returns
    -------
    rate : float
        Lower is better: in ``make_scorer`` use ``greater_is_better=False``, or pass
        ``scoring=token_error_scorer``, which splits at spaces.

    Raises
    ------
    ValueError
        If y_true and y_pred differ in their number of outputs or are empty, or if
        y_true holds no token.

    Warns
    -----
    UserWarning
        If hardly a string of y_true has a space: each is right or wrong as a whole.

    References
    ----------
    .. [1] Levenshtein, "Binary codes capable of correcting deletions, insertions, and
       reversals", Soviet Physics Doklady 10, 1966.

    Examples
    --------
    >>> from sksequence.metrics import token_error_rate
    >>> token_error_rate(["K AE T", "D AO G"], ["K AE T S", "D AH G"])
    0.3333333333333333
    >>> token_error_rate(["2004-12-25"], ["2004-12-24"], analyzer="char")
    0.1
    """
    p.check_value(analyzer, "analyzer", "token_error_rate", [p.one_of("word", "char")])
    pairs, weights = _check(y_true, y_pred, sample_weight)
    true = [a for a, _ in pairs]
    pairs = [(_split(a, analyzer), _split(b, analyzer)) for a, b in pairs]
    lengths = np.array([len(a) for a, _ in pairs])
    if analyzer == "word":
        _warn_of_words(true, lengths)
    if not (weights * lengths).any():
        raise ValueError("y_true holds no token (of a weight above zero).")
    edits = np.array([edit_distance(a, b) for a, b in pairs])
    return float((weights * edits).sum() / (weights * lengths).sum())


def bleu_score(y_true: Outputs, y_pred: Outputs, **options: Any) -> float:
    """BLEU of a corpus, in percent, computed by sacrebleu.

    The score is that of [1]_.

    Parameters
    ----------
    y_true, y_pred : list of str
        One reference translation for each output.
    **options : dict
        Passed to ``sacrebleu.corpus_bleu``, such as ``lowercase`` and ``tokenize``.

    Returns
    -------
    score : float

    Raises
    ------
    ImportError
        If sacrebleu is not installed.
    TypeError
        If an output is no string.

    References
    ----------
    .. [1] Post, "A call for clarity in reporting BLEU scores", WMT 2018.

    Examples
    --------
    >>> from sksequence.metrics import bleu_score
    >>> y_true = ["the cat sat on the mat", "a dog ran home"]
    >>> round(bleu_score(y_true, ["the cat sat on a mat", "a dog ran home"]), 1)
    68.9
    """
    pairs, _ = _check(y_true, y_pred, None)
    for i, pair in enumerate(pairs):
        for name, output in zip(("y_true", "y_pred"), pair):
            if not isinstance(output, str):
                raise TypeError(
                    f"{name}[{i}] is a list of tokens. Expected a string, such as "
                    f"' '.join({name}[{i}])."
                )
    sacrebleu = import_extra("sacrebleu", "sksequence[bleu]", "bleu_score")
    right, found = (list(map(_as_read, texts)) for texts in zip(*pairs))
    with naming("y_true", "y_pred", "options"):
        bleu = sacrebleu.corpus_bleu(found, [right], **options)
    return float(bleu.score)


def edit_distance(a: Sequence[Any], b: Sequence[Any]) -> int:
    """Insertions, deletions and substitutions from one sequence to another.

    Parameters
    ----------
    a, b : sequence of tokens

    Returns
    -------
    n : int
    """
    costs = list(range(len(b) + 1))
    for i, token in enumerate(a, 1):
        before, costs[0] = costs[0], i
        for j, other in enumerate(b, 1):
            before, costs[j] = (
                costs[j],
                min(costs[j] + 1, costs[j - 1] + 1, before + (token != other)),
            )
    return costs[-1]


def _check(y_true, y_pred, sample_weight):
    for name, y in (("y_true", y_true), ("y_pred", y_pred)):
        if isinstance(y, (str, bytes)):
            raise TypeError(f"{name} is one string. Expected a list of outputs.")
    y_true, y_pred = _outputs(y_true, "y_true"), _outputs(y_pred, "y_pred")
    if len(y_true) != len(y_pred):
        raise ValueError(
            "y_true and y_pred must hold the same number of outputs. y_true has "
            f"{len(y_true)}, y_pred has {len(y_pred)}."
        )
    if not y_true:
        raise ValueError("y_true is empty: there is nothing to score.")
    weights = check_sample_weight(sample_weight, len(y_true))
    check_some_weight(weights, "output")
    return list(zip(y_true, y_pred)), weights / unit_of(weights)


def _outputs(y, name):
    """Outputs in any container as a list, none of them missing."""
    if isinstance(y, (Mapping, Set)):
        _kinds.refuse_views(y, name)
    if isinstance(y, RaggedArray):
        return y.to_list()
    if not isinstance(y, (Iterator, ValuesView)):
        y = _frames.listed(y, name, "outputs")
    outputs = list(y)
    _refuse_missing(outputs, name, "an output: a string or a list of tokens")
    for i, output in enumerate(outputs):
        if isinstance(output, bytes):
            with naming(f"{name}[{i}]"):
                outputs[i] = output.decode()
        elif not isinstance(output, str):
            outputs[i] = tokens = _frames.listed(output, f"{name}[{i}]", "tokens")
            _refuse_missing(tokens, f"{name}[{i}]", "a token")
            for t, token in enumerate(tokens):
                if type(token).__hash__ is None:  # an array, a list, a column
                    raise TypeError(
                        f"{name}[{i}][{t}] is a {type(token).__name__}. Expected a "
                        "token: a string or a number."
                    )
    return outputs


def _refuse_missing(values, name, expected):
    missing = np.flatnonzero(_values.is_missing(values))
    if len(missing):
        i = missing[0]
        raise ValueError(f"{name}[{i}] is missing ({values[i]}). Expected {expected}.")


def _as_read(output):
    """A string, or a list of tokens, in the one form that texts have here."""
    if isinstance(output, str):
        return normalize(output)
    return [normalize(t) if isinstance(t, str) else t for t in output]


def _split(output, analyzer):
    output = _as_read(output)
    if not isinstance(output, str):
        return output
    return output.split() if analyzer == "word" else list(output)


def _warn_of_words(texts, lengths):
    """Warn where nearly every text is one token of many characters."""
    if not all(isinstance(text, str) for text in texts):
        return
    single = texts_of_one_token(lengths, sum(map(len, texts)), FEWEST_TEXTS)
    if len(single):
        p.warn_user(
            f"{len(single)} of the {len(texts)} texts of y_true are one token each, "
            f"such as {brief(texts[single[0]])}: each is right or wrong as a whole. "
            'Did you mean analyzer="char", which compares '
            "characters? Lists of tokens cause no warning."
        )
