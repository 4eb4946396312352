"""What loaders and generators ask of their arguments."""

from numbers import Integral


def check_int(value, name, owner, low, high=None):
    """Raise scikit-learn's error unless value is an int of at least low, at most high.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        The parameter it was passed for.
    owner : str
        The function that has this parameter.
    low : int
        Least value.
    high : int or None
        Greatest value.
    """
    if isinstance(value, Integral) and low <= value and (high is None or value <= high):
        return
    end = "inf)" if high is None else f"{high}]"
    raise ValueError(
        f"The {name!r} parameter of {owner} must be an int in the range [{low}, {end}. "
        f"Got {value!r} instead."
    )
