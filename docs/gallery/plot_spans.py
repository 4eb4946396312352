"""
Which spans are confused?
=========================

A tagger of names makes errors of several kinds: it misses a name, finds a name where
there is none, takes a person for a place, or gets the end of a name wrong. F1 does not
distinguish these errors; ``SpanConfusionDisplay`` does.
"""

# %%
# Train
# -----
# The sentences are generated. Some words occur in names of several types: Jordan is a
# person, a country, or the beginning of the name of a company.

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
# The errors
# ----------
# Rows are the true types of names, columns the predicted ones; "none" means that there
# is no name. The first number of a cell counts names whose ends are both right; on the
# diagonal the type is right, too. The number after a plus counts names that overlap but
# have a wrong end.

y_true, y_pred = tags[300:], tagger.predict(X[300:])
print(f"F1 of spans: {span_f1_score(y_true, y_pred):.3f}")
SpanConfusionDisplay.from_predictions(y_true, y_pred)

# %%
# At the first word of a name, a tagger that reads in one direction does not know the
# next word. At "Washington" it cannot know that the name will be "Washington Motors". A
# tagger that reads in both directions can, so nearly all wrong ends disappear.

both = RNNTagger(16, bidirectional=True, **settings).fit(X[:300], tags[:300])
SpanConfusionDisplay.from_estimator(both, X[300:], y_true)

# %%
# ``span_confusion_matrix`` gives the numbers. Divided by the number of true names of
# each type, the diagonal is the recall.

result = span_confusion_matrix(y_true, both.predict(X[300:]), normalize="true")
for kind, recall in zip(result.labels, np.diag(result.exact)):
    print(f"recall of {kind}: {recall:.3f}")
