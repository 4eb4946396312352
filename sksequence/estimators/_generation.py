"""Options of generating tokens: one set of names and meanings for all estimators.

They are the parameters of ``GENERATION``. A method that generates takes those that
apply to it, and None means: as the constructor has it.
"""

from types import SimpleNamespace

import numpy as np

from .. import _parameters as p
from .._state import check_fitted
from ._batches import SCORES_AT_ONCE
from ._decoding import (
    beam_search,
    draw_sequences,
    length_ranks,
    repeats_ngram,
    sampler,
)
from ._parameter_table import GENERATION, LEAST_MAX_LENGTH


def generation_options(estimator, method, given):
    """The options of one call, checked, as attributes.

    Parameters
    ----------
    estimator : estimator
        With the parameters of ``GENERATION``.
    method : str
        What errors call it.
    given : dict
        Its arguments; None is replaced by the parameter of that name.
    """
    check_fitted(estimator)
    options, owner = {}, type(estimator).__name__
    for name in GENERATION:  # set_params may have changed some after fit
        options[name] = getattr(estimator, name)
        expected = estimator._parameters[name].expected
        p.check_value(options[name], name, owner, expected)
        if given.get(name) is not None:
            p.check_value(given[name], name, method, expected)
            options[name] = given[name]
    if options["max_length"] == "auto":
        longest = 2 * estimator._longest_output
        options["max_length"] = max(
            LEAST_MAX_LENGTH, longest, int(options["min_length"])
        )
    check_limits(options["min_length"], options["max_length"])
    return SimpleNamespace(**options)


def check_limits(min_length, max_length):
    """Raise an error if an output cannot have both lengths."""
    if isinstance(max_length, (int, np.integer)) and max_length < min_length:
        raise ValueError(
            f"max_length={max_length} is shorter than min_length={min_length}."
        )


def n_at_once(n_tokens, width=1):
    """How many outputs are written side by side, with ``width`` beginnings of each."""
    # Searching and drawing hold some tables of them, of eight bytes a number.
    return max(1, SCORES_AT_ONCE // (2 * n_tokens * width))


class Generation:
    """Sequences of tokens, drawn or searched for as the options of a call say.

    Parameters
    ----------
    options : SimpleNamespace
        Of ``generation_options``.
    eos : int
    unknown, begun, limits
        See ``Rules``.
    """

    def __init__(self, options, eos, unknown, *, begun=(), limits=None):
        self.options, self.eos, self.limits = options, eos, limits
        self.rules = Rules(options, eos, unknown, begun=begun, limits=limits)

    def draw(self, step, log_p, state, which, random_state, write=list):
        """Tokens of sequences that are drawn, see ``draw_sequences``.

        Not more at a time than there is room for the probabilities of their tokens.
        ``write`` makes of some sequences what is kept of them.
        """
        limits, most = self.limits, self.options.max_length
        sample = sampler(self.options, p.random_generator(random_state, "sample"))
        drawn, n = [], n_at_once(log_p.shape[1])
        for start in range(0, len(which), n):
            some = draw_sequences(
                step,
                log_p.copy(),
                state,
                which[start : start + n],
                sample,
                self.rules,
                self.eos,
                most if limits is None else int(limits.max()),
            )
            drawn += write(some)
        return drawn

    def search(self, step, log_p, state, n_best=1):
        """(tokens, log probability) of the best sequences, see ``beam_search``."""
        limits, most = self.limits, self.options.max_length
        return beam_search(
            step,
            log_p,
            state,
            eos=self.eos,
            width=max(int(self.options.beam_size), n_best),
            max_length=most if limits is None else int(limits.max()) + 1,  # the end too
            rules=self.rules,
            n_best=n_best,
            rank=length_ranks(self.options.length_penalty),
        )


class Rules:
    """What may come next, given what has come before.

    Where no token may come that has not yet been there (``no_repeat_ngram``), and it is
    too soon for an end (``min_length``), the output ends too soon: that is better than
    none at all, or one that repeats itself.

    Parameters
    ----------
    options : SimpleNamespace
        Of ``min_length``, ``no_repeat_ngram`` and ``allow_unk``.
    eos : int
    unknown : int or None
        The unknown token, if there is one.
    begun : list of int
        Tokens before the first one, of which no n-gram is to be repeated either.
    limits : ndarray of int, shape (n_sources,), default=None
        At how many tokens an output must end, by ``state["source"]``.
    """

    def __init__(self, options, eos, unknown, *, begun=(), limits=None):
        self.min_length, self.n = options.min_length, options.no_repeat_ngram
        self.forbidden = [] if options.allow_unk or unknown is None else [unknown]
        self.eos, self.limits = eos, limits
        self.begun = np.array(begun, dtype=np.intp)

    def __call__(self, log_p, tokens, state):
        """Change log probabilities in place, to -inf where a token may not come.

        Parameters
        ----------
        log_p : ndarray of shape (n_rows, n_tokens)
        tokens : ndarray of int, shape (n_rows, length)
            Those of each row so far.
        state : dict

        Returns
        -------
        missing : ndarray of int, shape (n_rows,)
            Of rows that have to end too soon: by how many tokens. Else 0.
        """
        length, ends = tokens.shape[1], log_p[:, self.eos].copy()
        missing = np.zeros(len(log_p), np.intp)
        log_p[:, self.forbidden] = -np.inf
        if self.n is not None:
            begun = np.broadcast_to(self.begun, (len(tokens), len(self.begun)))
            text = np.concatenate([begun, tokens], axis=1)
            if text.shape[1] >= self.n:
                rows, repeated = repeats_ngram(text, self.n)
                log_p[rows, repeated] = -np.inf
        if length < self.min_length:
            log_p[:, self.eos] = -np.inf
            stuck = log_p.max(axis=1) == -np.inf
            log_p[stuck, self.eos] = ends[stuck]
            missing[stuck] = self.min_length - length
        if self.limits is not None:
            over = length >= self.limits[state["source"][0]]
            log_p[over] = -np.inf
            log_p[over, self.eos] = ends[over]
        return missing
