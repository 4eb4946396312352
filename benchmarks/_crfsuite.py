"""The peer of the taggers: sklearn-crfsuite with the features of its tutorial."""


def crfsuite_predict(X, y, X_test):
    """Labels of ``X_test`` from a CRF that was trained on X and y.

    Steps are words, or pairs of a word and its part of speech.
    """
    import sklearn_crfsuite  # defaults.py has no need of it

    crf = sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100)
    crf.fit([sentence_features(steps) for steps in X], y)
    return crf.predict([sentence_features(steps) for steps in X_test])


def sentence_features(steps):
    """Features of each step, its own and those of its neighbours."""
    own = [step_features(step) for step in steps]
    around = []
    for t, features in enumerate(own):
        features = dict(features)
        for offset in (-2, -1, 1, 2):
            at = t + offset
            if not 0 <= at < len(own):
                features[f"{offset}:"] = True
                continue
            for name in ("lower", "title", "upper", "tag"):
                if name in own[at]:
                    features[f"{offset}:{name}"] = own[at][name]
        around.append(features)
    return around


def step_features(step):
    """What a word looks like, and its part of speech where it is given."""
    word, tag = (step, None) if isinstance(step, str) else step
    features = {
        "lower": word.lower(),
        "suffix1": word[-1:],
        "suffix2": word[-2:],
        "suffix3": word[-3:],
        "prefix2": word[:2],
        "prefix3": word[:3],
        "upper": word.isupper(),
        "title": word.istitle(),
        "digit": word.isdigit(),
    }
    if tag is not None:
        features["tag"] = tag
    return features
