"""Links to the documentation of other libraries, by the pattern of their addresses.

Intersphinx would fetch an inventory of each of them whenever the docs are built; this
needs no network.
"""

from docutils import nodes

PATTERNS = {
    "sklearn.": "https://scikit-learn.org/stable/modules/generated/{}.html",
    "numpy.": "https://numpy.org/doc/stable/reference/generated/{}.html",
    "scipy.": "https://docs.scipy.org/doc/scipy/reference/generated/{}.html",
    "pandas.": "https://pandas.pydata.org/docs/reference/api/{}.html",
    "joblib.": "https://joblib.readthedocs.io/en/stable/generated/{}.html",
}


def address(target):
    """The address of a public name of another library, or None."""
    for start, pattern in PATTERNS.items():
        if target.startswith(start) and target.count(".") <= 4:
            return pattern.format(target)
    return None


def link(app, env, node, content):
    """What Sphinx asks for when a name is none of ours."""
    uri = address(node.get("reftarget", ""))
    if uri is None:
        return None
    return nodes.reference("", "", content, internal=False, refuri=uri)
