"""The guide's recipe for series: six networks vote, two for each of three views."""

from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import make_pipeline

from sksequence import RNNClassifier
from sksequence.preprocessing import Downsample, ScaleEachSequence, StackFrames

# What networks may see of series.
VIEWS = {
    "steps": [Downsample(60)],
    "frames": [Downsample(120), StackFrames(8, 8, deltas=True)],
    "shapes": [ScaleEachSequence(), Downsample(60), StackFrames(8, 8, deltas=True)],
}


def of_view(view, **settings):
    return make_pipeline(*map(clone, VIEWS[view]), RNNClassifier(**settings))


def voting(random_state, views=(*VIEWS, *VIEWS), **settings):
    """One network for each view."""
    first = len(views) * random_state
    models = [
        (f"{k} {view}", of_view(view, random_state=first + k, **settings))
        for k, view in enumerate(views)
    ]
    return VotingClassifier(models, voting="soft")
