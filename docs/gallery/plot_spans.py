"""
Which spans are confused?
=========================

A tagger of names makes errors of several kinds: it misses a name, makes one up, takes a
person for a place, or finds a name and gets its end wrong. F1 counts them alike.
``SpanConfusionDisplay`` tells them apart.
"""

# %%
# Train
# -----
# The sentences are made up. Some words are in names of two types: Jordan is a person, a
# country, or the beginning of a company.

import numpy as np

from sksequence import RNNTagger
from sksequence.inspection import SpanConfusionDisplay
from sksequence.metrics import span_confusion_matrix, span_f1_score
from sksequence.preprocessing import TokenEncoder

rng = np.random.RandomState(0)
first = ["Anna", "Jordan", "Paris", "Victoria", "Tom", "Virginia", "Ken", "Sofia"]
last = ["Smith", "Lincoln", "Washington", "Kim", "Houston", "Garcia", "Austin"]
places = ["Jordan", "Paris", "New York", "Washington", "Lincoln", "Houston", "Sofia"]
kinds = ["Bank", "Air Lines", "and Sons", "Motors"]


def one_of(words):
    return words[rng.randint(len(words))]


def name(kind):
    if kind == "PER":
        return f"{one_of(first)} {one_of(last)}" if rng.rand() < 0.6 else one_of(first)
    if kind == "LOC":
        return one_of(places)
    return f"{one_of(last + places)} {one_of(kinds)}"


patterns = [
    "yesterday PER flew to LOC",
    "ORG opens in LOC",
    "PER leaves ORG",
    "PER and PER met at ORG",
    "nobody in LOC had heard of PER",
    "we like LOC",
    "we like PER",
    "ORG said that sales in LOC fell",
]


def sentence():
    words, tags = [], []
    for part in one_of(patterns).split():
        if part not in ("PER", "LOC", "ORG"):
            words, tags = [*words, part], [*tags, "O"]
            continue
        found = name(part).split()
        words += found
        tags += [f"B-{part}", *[f"I-{part}"] * (len(found) - 1)]
    return words, tags


words, tags = zip(*(sentence() for _ in range(700)))
encoder = TokenEncoder().fit(words[:300])
X = encoder.transform(words)
settings = {"embedding_dim": 16, "max_iter": 20, "random_state": 0}
tagger = RNNTagger(16, bidirectional=False, **settings).fit(X[:300], tags[:300])

# %%
# Look
# ----
# Rows are the types of the true names, columns those that were predicted, "none" where
# there is none. The first number of a cell counts names of which both ends are right:
# on the diagonal they are right altogether. With a plus stand those that overlap and
# have a wrong end.

y_true, y_pred = tags[300:], tagger.predict(X[300:])
print(f"F1 of spans: {span_f1_score(y_true, y_pred):.3f}")
SpanConfusionDisplay.from_predictions(y_true, y_pred)

# %%
# A tagger that reads in one direction cannot know, at the first word of a name, what
# comes after it: that "Washington" begins "Washington Motors" is known one word too
# late. One that reads in both directions can, and so the wrong ends go away.

both = RNNTagger(16, bidirectional=True, **settings).fit(X[:300], tags[:300])
SpanConfusionDisplay.from_estimator(both, X[300:], y_true)

# %%
# ``span_confusion_matrix`` gives the numbers. Divided by the number of true names of a
# type, the diagonal is the recall.

result = span_confusion_matrix(y_true, both.predict(X[300:]), normalize="true")
for kind, recall in zip(result.labels, np.diag(result.exact)):
    print(f"{kind}: {recall:.3f} of them are found")
