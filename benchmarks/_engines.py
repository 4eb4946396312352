"""The engines of the package that can be timed here: ``engine="numpy" | "numba"``."""

from importlib.util import find_spec

from sksequence import RNNClassifier


def engines():
    """Names of the engines that estimators know and this machine can run."""
    if "engine" not in RNNClassifier().get_params():
        return ("numpy",)
    return ("numpy", "numba") if find_spec("numba") else ("numpy",)


ENGINES = engines()


def engine_option(engine):
    """The constructor's argument, as a dict; empty where there is only one engine."""
    return {"engine": engine} if len(ENGINES) > 1 else {}


def cell_of(cell, engine):
    """A cell whose loops an engine runs."""
    if engine == "numpy":
        return cell
    from sksequence.cells import with_engine

    return with_engine(cell, engine)
