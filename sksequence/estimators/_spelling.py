"""What an unknown token costs: the probability of its letters.

::

    P(token) = P(letter 1) ... P(letter n) P(end)

    P(letter) = n(letter) / N          as often as it occurs in the tokens of fit
    P(end)    = n(tokens) / N          each different token counts once
    P(other)  = 1 / (N M)              M: all other code points of Unicode
    N = sum of n(letter) + n(tokens) + 1

That is a distribution over all strings, so P(<unk>) P(token) is the probability that
the next token is unknown and is this one; all tokens together have at most probability
one. (A literal "<unk>" in a text costs P(<unk>) alone, and is not among them.) It does
not depend on the vocabulary, and so models with small vocabularies do not look better
than they are: what they do not know they have to spell.
"""

import sys
from collections import Counter

import numpy as np

END, OTHER = "end", "other"  # no letter has such a name
N_CODE_POINTS = sys.maxunicode + 1


def learn_letters(tokens):
    """Log probabilities of letters, of the end (``END``) and of others (``OTHER``).

    Parameters
    ----------
    tokens : list of str or int
        Each different token once.

    Returns
    -------
    letters : dict of str -> float
    """
    counts = Counter(letter for token in tokens for letter in str(token))
    n_ends, others = max(len(tokens), 1), N_CODE_POINTS - len(counts)
    total = sum(counts.values()) + n_ends + 1
    letters = {letter: float(np.log(n / total)) for letter, n in counts.items()}
    letters[END] = float(np.log(n_ends / total))
    letters[OTHER] = float(-np.log(total) - np.log(others))
    return letters


def log_spelling(token, letters):
    """Log probability of a token, letter by letter, in nats."""
    other = letters[OTHER]
    return sum(letters.get(letter, other) for letter in str(token)) + letters[END]


def spelled(ids, tokens, places, known, letters):
    """Ids of tokens, with the spelling of those that are unknown.

    One array, so that all is split and ordered together.

    Parameters
    ----------
    ids : ndarray of int, shape (n_rows,)
    tokens : list of str or int
        All that occur, known or not.
    places : ndarray of int, shape (n_rows,)
        Which of these each row holds.
    known : container of tokens
    letters : dict
        Of ``learn_letters``.

    Returns
    -------
    values : ndarray of (id, log_p, token), shape (n_rows,)
        Of known tokens, the log probability of the spelling is 0, the token None.
    """
    log_p, unknown = np.zeros(len(tokens)), np.full(len(tokens), None)
    for k, token in enumerate(tokens):
        if token not in known:
            log_p[k], unknown[k] = log_spelling(token, letters), token
    fields = [("id", ids.dtype), ("log_p", np.float64), ("token", object)]
    values = np.empty(len(ids), fields)
    values["id"] = ids
    values["log_p"], values["token"] = log_p[places], unknown[places]
    return values


def ids_of(values):
    """The ids, of what may be ``spelled``."""
    return values if values.dtype.names is None else values["id"]


def spelling_of(values):
    """Log probabilities of the spelling, of what may be ``spelled``: else 0."""
    return 0.0 if values.dtype.names is None else values["log_p"]


def tokens_of(values, names):
    """The tokens, of what may be ``spelled``, given those of the vocabulary."""
    tokens = names[ids_of(values)]
    if values.dtype.names is not None:
        unknown = values["log_p"] != 0
        tokens[unknown] = values["token"][unknown]
    return tokens
