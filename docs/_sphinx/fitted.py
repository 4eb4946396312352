"""What a notebook shows of a fitted pipeline."""

from sklearn.pipeline import make_pipeline

from sksequence import RNNClassifier
from sksequence.preprocessing import TokenEncoder


def html():
    """Text of user_guide/_fitted.html."""
    clf = RNNClassifier(16, embedding_dim=8, max_iter=1, random_state=0)
    pipe = make_pipeline(TokenEncoder(), clf).fit(["a good film", "a bad one"], [1, 0])
    return pipe._repr_html_()
