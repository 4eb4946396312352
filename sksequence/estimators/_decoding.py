"""From distributions of the next token to sequences of tokens: drawn, or searched for.

All of it works on a function ``step(tokens, state) -> (log_p, state)`` that reads one
token of each of n sequences, and on states as dicts of tuples of arrays, one row a
sequence.
"""

import numpy as np

TOO_SHORT = 1e9  # what a missing token counts, far more than any log probability


def take(state, rows):
    """Some rows of a state, in another order or more than once."""
    return {name: tuple(s[rows] for s in part) for name, part in state.items()}


def sharpen(log_p, temperature=1.0, top_k=None, top_p=None):
    """Probabilities from which to draw.

    ::

        temperature:  p^(1 / T), scaled to sum to one; T = 0: the most likely token only
        top_k:        the k most likely tokens
        top_p:        the fewest most likely tokens that have probability top_p together

    in this order, and what is left out has probability zero [1]_.

    Parameters
    ----------
    log_p : ndarray of shape (n, n_tokens)
    temperature : float
    top_k : int or None
    top_p : float or None

    Returns
    -------
    q : ndarray of shape (n, n_tokens), float64
        Of rows that sum to one.

    References
    ----------
    .. [1] Holtzman et al., "The curious case of neural text degeneration", ICLR 2020.
    """
    q = log_p.astype(np.float64)
    q -= q.max(axis=1, keepdims=True)
    if temperature == 0:
        top_k = 1
    else:
        with np.errstate(over="ignore"):  # infinitely less likely
            q /= temperature
    np.exp(q, q)
    q /= q.sum(axis=1, keepdims=True)
    if top_k is None and top_p is None:
        return q
    order = np.argsort(-q, axis=1, kind="stable")
    decreasing = np.take_along_axis(q, order, axis=1)
    if top_k is not None:
        decreasing[:, top_k:] = 0
    if top_p is not None:
        decreasing /= decreasing.sum(axis=1, keepdims=True)
        before = np.cumsum(decreasing, axis=1) - decreasing
        decreasing[before >= top_p] = 0
    decreasing /= decreasing.sum(axis=1, keepdims=True)
    np.put_along_axis(q, order, decreasing, axis=1)
    return q


def draw(q, which, rng):
    """Draw one token from each of some distributions.

    Parameters
    ----------
    q : ndarray of shape (n_distributions, n_tokens), float64
    which : ndarray of int, shape (n,)
        The rows of q to draw from.
    rng : RandomState

    Returns
    -------
    tokens : ndarray of int, shape (n,)
    """
    # One increasing line: distribution i ends at i + 1, so one search finds all places.
    ends = np.cumsum(q, axis=1)
    ends /= ends[:, -1:]
    ends += np.arange(len(q))[:, None]
    places = np.minimum(
        rng.random_sample(len(which)) + which, np.nextafter(which + 1, 0)
    )
    return np.searchsorted(ends.ravel(), places, side="right") - which * q.shape[1]


def sampler(options, rng):
    """A function (log_p, which) -> tokens drawn, for ``draw_sequences``.

    Parameters
    ----------
    options : SimpleNamespace
        Of ``temperature``, ``top_k`` and ``top_p``, see ``sharpen``.
    rng : RandomState
    """

    def sample(log_p, which):
        q = sharpen(log_p, options.temperature, options.top_k, options.top_p)
        return draw(q, which, rng)

    return sample


def draw_sequences(step, log_p, state, which, sample, rules, eos, max_length):
    """Draw sequences side by side, each until its end token.

    Sequences with the same tokens so far are in the same state: it is worked out once.

    Parameters
    ----------
    step : callable
    log_p : ndarray of shape (n_states, n_tokens)
        What comes first.
    state : dict
        Of n_states rows.
    which : ndarray of int, shape (n,)
        The state in which each sequence begins.
    sample : callable
        (log_p, which) -> one token each, see ``sampler``.
    rules : callable
        (log_p, tokens, state) changes log_p in place, given the tokens so far.
    eos : int
    max_length : int

    Returns
    -------
    sequences : list of n lists of int
        Without the end tokens.
    """
    sequences = [[] for _ in which]
    running = np.arange(len(which))
    past = np.empty((len(log_p), 0), np.intp)  # the tokens that led to each state
    for length in range(max_length):
        rules(log_p, past, state)
        tokens = sample(log_p, which)
        goes_on = tokens != eos
        running, which, tokens = running[goes_on], which[goes_on], tokens[goes_on]
        for i, token in zip(running.tolist(), tokens.tolist()):
            sequences[i].append(token)
        if len(running) == 0 or length == max_length - 1:
            break
        n_tokens = log_p.shape[1]
        histories, which = np.unique(which * n_tokens + tokens, return_inverse=True)
        before, tokens = np.divmod(histories, n_tokens)
        past = np.concatenate([past[before], tokens[:, None]], axis=1)
        log_p, state = step(tokens, take(state, before))
    return sequences


def beam_search(
    step, log_p, state, *, eos, width, max_length, rules, n_best=1, rank=None
):
    """Search for the most likely sequences after each of n states.

    The ``width`` best beginnings are kept at each length, those that have ended among
    them [1]_. A width of 1 is greedy search; one that holds everything finds the best.
    Those that had to end too soon come after all others.

    Parameters
    ----------
    step : callable
    log_p : ndarray of shape (n, n_tokens)
        What comes first.
    state : dict
        Of n rows.
    eos : int
    width : int
    max_length : int
        Tokens, the end not counted; a sequence of that length need not have ended.
    rules : callable
        (log_p, tokens, state) changes log_p (n_rows, n_tokens) in place, given the
        tokens (n_rows, length) so far; ended ones hold ``eos``. It gives the tokens
        that are missing in rows that have to end too soon.
    n_best : int, default=1
        At most ``width``.
    rank : callable, default=None
        (log probabilities, lengths with the end) -> what is to be as high as possible.
        None: the log probability.

    Returns
    -------
    found : list of n lists of (tokens, log probability)
        The best first, tokens a list of int without the end.

    References
    ----------
    .. [1] Sutskever, Vinyals & Le, "Sequence to sequence learning with neural
       networks", NeurIPS 2014.
    """
    found, beams = [None] * len(log_p), _Beams(len(log_p), eos)
    for length in range(max_length):
        rows, token = beams.extend(log_p, state, width, rules, rank)
        # What goes on can only become less likely (but not rank lower).
        ended = beams.ended if rank is not None else beams.ended[:, :n_best]
        done = ended.all(axis=1) | (length == max_length - 1)
        for i in np.flatnonzero(done).tolist():
            found[beams.sources[i]] = beams.best(i, n_best)
        if done.all():
            return found
        going = ~done
        beams.keep(going)
        log_p, state = step(token[going].ravel(), take(state, rows[going].ravel()))
    return [[([], 0.0)] for _ in found]  # of max_length=0


class _Beams:
    """The most likely beginnings of sequences after each of n states, the best first.

    Attributes
    ----------
    sources : ndarray of int, shape (n,)
        The states that are still searched from.
    tokens : ndarray of int, shape (n, width, length)
    total : ndarray of shape (n, width)
        Log probabilities.
    lengths : ndarray of int, shape (n, width)
        With the end.
    ended : ndarray of bool, shape (n, width)
    missing : ndarray of int, shape (n, width)
        Tokens that are missing in those that had to end too soon.
    """

    def __init__(self, n, eos):
        self.eos, self.sources = eos, np.arange(n)
        self.tokens = np.empty((n, 1, 0), np.intp)
        self.total, self.lengths = np.zeros((n, 1)), np.zeros((n, 1), np.intp)
        self.ended, self.missing = np.zeros((n, 1), bool), np.zeros((n, 1), np.intp)

    def extend(self, log_p, state, width, rules, rank):
        """Append a token to the beginnings, and keep the ``width`` best.

        Parameters are those of ``beam_search``.

        Returns
        -------
        rows : ndarray of int, shape (n, width)
            Which rows of ``state`` they continue.
        token : ndarray of int, shape (n, width)
        """
        n, n_before, length = self.tokens.shape
        n_tokens = log_p.shape[1]
        before = self.tokens.reshape(n * n_before, length)
        log_p = log_p.astype(np.float64)
        short = rules(log_p, before, state).reshape(self.ended.shape)
        self.missing = np.where(self.ended, self.missing, short)
        log_p[self.ended.ravel()] = -np.inf  # after an end nothing more comes
        log_p[self.ended.ravel(), self.eos] = 0
        candidates = self.total[:, :, None] + log_p.reshape(n, n_before, n_tokens)
        self.lengths = self.lengths + ~self.ended
        ranks = candidates
        if rank is not None:
            ranks = rank(candidates, self.lengths[:, :, None])
        ranks = ranks - TOO_SHORT * self.missing[:, :, None]
        best = _highest(ranks.reshape(n, -1), width)
        parents, token = np.divmod(best, n_tokens)
        self.total = np.take_along_axis(candidates.reshape(n, -1), best, axis=1)
        for name in ("lengths", "missing", "ended"):
            of_parents = np.take_along_axis(getattr(self, name), parents, axis=1)
            setattr(self, name, of_parents)
        self.ended |= (token == self.eos) | (self.total == -np.inf)
        rows = parents + np.arange(n)[:, None] * n_before
        self.tokens = np.concatenate([before[rows], token[:, :, None]], axis=2)
        return rows, token

    def best(self, i, n_best):
        """(tokens without the end, log probability) of what is best after a state."""
        kept = np.flatnonzero(self.total[i] > -np.inf)  # of these the least too short
        kept = kept[self.missing[i, kept] == self.missing[i, kept].min()][:n_best]
        return [
            ([t for t in row if t != self.eos], log_p)
            for row, log_p in zip(
                self.tokens[i, kept].tolist(), self.total[i, kept].tolist()
            )
        ]

    def keep(self, going):
        """Go on with some of the states only."""
        for name in ("sources", "tokens", "total", "lengths", "ended", "missing"):
            setattr(self, name, getattr(self, name)[going])


def length_ranks(penalty):
    """``rank`` of ``beam_search``: log probabilities over a function of the length.

    Parameters
    ----------
    penalty : {None, "wu", "avg"}
        None; ((5 + length) / 6)^0.6 [1]_; the length.

    References
    ----------
    .. [1] Wu et al., "Google's neural machine translation system", 2016.
    """
    if penalty is None:
        return None
    if penalty == "avg":
        return lambda total, lengths: total / lengths
    return lambda total, lengths: total / ((5 + lengths) / 6) ** 0.6


def repeats_ngram(tokens, n):
    """Tokens that would end an n-gram which is there already.

    Parameters
    ----------
    tokens : ndarray of int, shape (n_rows, length)
        ``length`` at least n.
    n : int

    Returns
    -------
    rows, tokens : ndarray of int
        Pairs of a row and a token.
    """
    grams = np.lib.stride_tricks.sliding_window_view(tokens, n, axis=1)
    last = tokens[:, tokens.shape[1] - n + 1 :]
    rows, places = np.nonzero((grams[:, :, :-1] == last[:, None]).all(axis=2))
    return rows, grams[rows, places, -1]


def _highest(ranks, k):
    """Places of the k highest of each row, the highest first."""
    k = min(k, ranks.shape[1])
    places = np.argpartition(-ranks, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(ranks, places, axis=1), kind="stable")
    return np.take_along_axis(places, order, axis=1)
