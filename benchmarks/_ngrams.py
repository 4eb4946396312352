"""The peer of language models: n-gram models of nltk, with the best smoothing.

nltk's Kneser-Ney model looks through all n-grams for every continuation count. Here
they are counted once; the formulas and all else are nltk's.
"""

from collections import Counter, defaultdict
from itertools import chain

import numpy as np


def best_ngram(order, train, dev):
    """The n-gram model that gives the dev sentences the highest probability.

    Interpolated Kneser-Ney and absolute discounting with several discounts, and
    Witten-Bell, are tried.

    Parameters
    ----------
    order : int
    train, dev : list of list of str
        Every token of dev must occur in train.

    Returns
    -------
    name : str
    score : callable
        Sentences -> log probabilities of all tokens and ends, an ndarray.
    """
    from nltk.lm import models

    discounts = (0.5, 0.6, 0.7, 0.8, 0.9)
    kinds = {
        f"Kneser-Ney, discount {d}": (models.KneserNeyInterpolated, {"discount": d})
        for d in discounts
    }
    for d in discounts:
        kinds[f"absolute discounting, {d}"] = (
            models.AbsoluteDiscountingInterpolated,
            {"discount": d},
        )
    kinds["Witten-Bell"] = (models.WittenBellInterpolated, {})
    found = {}
    for name, (kind, options) in kinds.items():
        score = fit_ngram(kind, order, train, **options)
        found[name] = score(dev).mean(), score
    name = max(found, key=lambda name: found[name][0])
    return name, found[name][1]


def fit_ngram(kind, order, train, **options):
    """A function sentences -> log probabilities, from a class of nltk.lm.models."""
    from nltk.lm.preprocessing import padded_everygram_pipeline
    from nltk.util import ngrams

    model = kind(order, **options)
    model.fit(*padded_everygram_pipeline(order, train))
    if hasattr(model.estimator, "_continuation_counts"):
        model.estimator._continuation_counts = continuation_counts(model.counts, order)
    known = {}

    def log_p(gram):
        if gram not in known:
            known[gram] = np.log(model.unmasked_score(gram[-1], gram[:-1]))
        return known[gram]

    def score(sentences):
        grams = (
            ngrams(chain(["<s>"] * (order - 1), sentence, ["</s>"]), order)
            for sentence in sentences
        )
        return np.array([log_p(gram) for gram in chain.from_iterable(grams)])

    return score


def continuation_counts(counts, order):
    """``_continuation_counts`` of nltk's KneserNey, from counts made once."""
    words, totals = defaultdict(Counter), Counter()
    for n in range(2, order + 1):
        for context, following in counts[n].items():
            seen = [word for word, count in following.items() if count > 0]
            words[context[1:]].update(seen)
            totals[context[1:]] += len(seen)

    def look_up(word, context=()):
        return words[context][word], totals[context]

    return look_up
