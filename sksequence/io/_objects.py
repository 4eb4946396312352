"""A model as plain values and arrays, and back, by way of skops."""

import io
import json
import pickle
import re
import zipfile
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from .._extras import import_extra
from .._messages import brief
from .._pickling import states_apart, states_from
from ..metrics import step_r2_scorer
from ._nodes import (
    FIRST_PROTOCOL,
    UnknownType,
    checked,
    name_of,
    public_classes,
    public_functions,
    published,
)

OLDEST_SKOPS = 0, 16  # older ones run code that they are given, or may be made to
EXTRA = '"sksequence[io]"'


def import_skops() -> Any:
    """``skops.io``, or an ImportError that says what to install."""
    skops = import_extra("skops", EXTRA, "sksequence.io")
    version = tuple(map(int, re.findall(r"\d+", skops.__version__)[:2]))
    if version < OLDEST_SKOPS:
        raise ImportError(
            f"sksequence.io needs skops {'.'.join(map(str, OLDEST_SKOPS))} or later. "
            f"Version {skops.__version__} is installed, whose security holes are known."
            f" Install a newer one with 'pip install {EXTRA}'."
        )
    return import_extra("skops.io", EXTRA, "sksequence.io")


def taken_apart(model: Any) -> dict[str, Any]:
    """What a file holds of a model.

    Raises
    ------
    TypeError
        If something in the model is of a type that files do not hold.
    """
    with states_apart() as states:
        archive = import_skops().dumps(model)
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        schema = json.loads(file.read("schema.json"))
        protocol = schema.pop("protocol")
        del schema["_skops_version"]
        tree, files = published(schema)
        arrays = {new: _from_npy(file.read(old)) for old, new in files.items()}
    return {
        "protocol": protocol,
        "tree": json.dumps(tree, separators=(",", ":")),
        "states": states,
        "arrays": arrays,
    }


def put_together(content: Any) -> Any:
    """The model of which ``taken_apart`` has given the content.

    Raises
    ------
    UnknownType
        If there is something of a type that files do not hold.
    ValueError, or what else Python raises
        If the content is not as it was given.
    """
    skops = import_skops()
    fields = "protocol", "tree", "states", "arrays"
    protocol, text, states, arrays = (content[name] for name in fields)
    if type(protocol) is not int or protocol < FIRST_PROTOCOL:
        raise ValueError(f"the protocol {brief(protocol, 60)} of skops")
    schema, files = checked(json.loads(text))
    if arrays.keys() != files.keys():
        raise ValueError("other arrays than it should")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        schema |= {"protocol": protocol, "_skops_version": ""}
        file.writestr("schema.json", json.dumps(schema))
        for old, new in files.items():
            file.writestr(new, _as_npy(*arrays[old]))
    ours = *public_classes().values(), *public_functions().values()
    scorer = type(step_r2_scorer)  # of scikit-learn, around one of our functions
    trusted = [name_of(what) for what in (Bunch, np.dtype, scorer, *ours)]
    data = archive.getvalue()
    try:
        with states_from(states):
            return skops.loads(data, trusted=trusted)
    except TypeError as error:
        others = sorted({*skops.get_untrusted_types(data=data)} - {*trusted})
        if not others:
            raise
        raise UnknownType(f"objects of the types {', '.join(others)}") from error


def is_same(a: Any, b: Any) -> bool:
    """Whether two models are equal in all that files hold beside their own states."""
    return _pickled(a) == _pickled(b)


def is_model(value: Any) -> bool:
    return isinstance(value, BaseEstimator)


class _Pickler(pickle.Pickler):
    """Random generators are what they will draw, and arrays what they hold.

    A file does not know how they were made, or how they lay in memory.
    """

    def reducer_override(self, obj):
        if type(obj) is np.random.RandomState:
            return dict, (obj.get_state(legacy=False),)
        if type(obj) is np.ndarray and not obj.flags.forc:
            return np.ascontiguousarray(obj).__reduce_ex__(5)
        return NotImplemented


def _pickled(model):
    """Bytes that are the same for equal objects, whichever of their parts are one."""
    file = io.BytesIO()
    pickler = _Pickler(file, protocol=5)
    pickler.fast = True  # equal strings are alike, whether or not they are one
    with states_apart():
        pickler.dump(model)
    return file.getvalue()


def _from_npy(data):
    """(whether by columns, array) of a file of numpy.save."""
    array = np.load(io.BytesIO(data), allow_pickle=False)
    by_columns = array.flags.f_contiguous and not array.flags.c_contiguous
    return by_columns, array.T if by_columns else array


def _as_npy(by_columns, array):
    file = io.BytesIO()
    if type(by_columns) is not bool or type(array) is not np.ndarray:
        raise ValueError("an array is none")
    np.save(file, array.T if by_columns else array, allow_pickle=False)
    return file.getbuffer()
