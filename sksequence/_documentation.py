"""Links from what notebooks show of an estimator to its page in the documentation.

scikit-learn's diagrams of estimators and pipelines have them. The page of a class is
named after the place that it is imported from, as in the API reference.
"""

from ._version import __version__

SITE = "https://sksequence.github.io/sksequence"
VERSION = "dev" if "dev" in __version__ else ".".join(__version__.split(".")[:2])


class DocumentedOnline:
    """Comes before ``BaseEstimator``, whose own links lead to scikit-learn's pages."""

    _doc_link_module = "sksequence"
    _doc_link_template = f"{SITE}/{VERSION}/api/generated/{{page}}.html"

    def _doc_link_url_param_generator(self):
        """What the template needs."""
        home = ".".join(type(self).__module__.split(".")[:2])
        home = home.removesuffix(".estimators")
        return {"page": f"{home}.{type(self).__name__}"}
