"""Whether training can go on: with the network of the fit before."""

from .._fingerprint import fingerprint
from .._messages import brief

DROPOUTS = ("dropout", "input_dropout", "output_dropout", "recurrent_dropout")
OF_DATA = {"n_features", "sparse_input"}  # settings of a network that X decides
# Those, and settings on which no weight depends.
FREE = {*DROPOUTS, *OF_DATA, "embedding_trainable", "label_smoothing", "n_sampled"}
# What parameters and their values are called in the head of an architecture.
NAMES_IN_HEAD = {"forbidden": "constraints", "tied": "tie_weights"}
VALUES_IN_HEAD = {
    "linear": "softmax",
    "squared": "squared_error",
    "absolute": "absolute_error",
}


def check_same_network(before, architecture):
    """The architecture with which training goes on: what X decides is as before.

    Parameters
    ----------
    before, architecture : dict
        Of the network that was fitted, and of one as the parameters are now.

    Raises
    ------
    ValueError
        If something on which weights depend is not as it was.
    """
    old_settings, settings = map(_settings_of, (before, architecture))
    for name in dict.fromkeys([*old_settings, *settings]):
        if name in FREE:
            continue
        old, new = old_settings.get(name), settings.get(name)
        if repr(old) != repr(new):  # cells are alike if they are written alike
            _refuse(name, old, new, "network")
    return architecture | {name: before[name] for name in architecture.keys() & OF_DATA}


def check_same_settings(settings, of):
    """Raise a ValueError if one of what training goes on with is not as it was.

    Parameters
    ----------
    settings : iterable of (str, object, object)
        Parameters, their values in the fit before, and now.
    of : str
        What must be as it was.
    """
    for name, old, new in settings:
        if fingerprint(old) != fingerprint(new):
            _refuse(name, old, new, of)


def _refuse(name, old, new, of):
    raise ValueError(
        f"{name} was {brief(old)} in the fit before and is {brief(new)} now. Resuming "
        f"needs the same {of}: use a new estimator, or warm_start=False."
    )


def _settings_of(architecture):
    """The settings of an architecture, and of its head, by the names of parameters."""
    found = dict(architecture)
    found.pop("embedding_scale", None)  # follows from tie_weights
    kind, options = found.pop("head", (None, {}))
    found["decoder"] = VALUES_IN_HEAD.get(kind, kind)  # before its options; or a class
    found |= {NAMES_IN_HEAD.get(name, name): value for name, value in options.items()}
    loss = found.get("loss")
    if isinstance(loss, tuple):
        loss, of_loss = loss
        found |= of_loss
    found["loss"] = VALUES_IN_HEAD.get(loss, loss) if isinstance(loss, str) else loss
    return found
