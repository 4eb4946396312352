"""Files that try to run code, to fill memory or to reach other files when loaded.

``python tests/hostile_files.py --n 300`` makes them and loads each. Whatever runs
leaves a mark: a file that every payload writes.
"""

import argparse
import gzip
import json
import marshal
import os
import pickle
import sys
import tarfile
import tempfile
import textwrap
import zipfile
from copy import deepcopy
from functools import cache, partial
from pathlib import Path

import joblib
import numpy as np
import saved_models
from sklearn import __version__
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from sksequence import io
from sksequence._container import PREFIX, Tagged, write_container
from sksequence.io._nodes import BUNCH, name_of
from sksequence.io._objects import taken_apart

MODULE = "hostile_module_that_marks"  # importing it leaves the mark


class Payload:
    """Something to run: (module, name, arguments), as a pickle and as nodes."""

    def __init__(self, rng, mark):
        write = f"__import__('pathlib').Path({str(mark)!r}).write_text('ran')"
        self.module, self.name, self.argument = [
            ("os", "system", f"echo ran >> {mark}"),
            ("posix" if os.name == "posix" else "nt", "system", f"echo ran >> {mark}"),
            ("builtins", "exec", write),
            ("builtins", "eval", write),
            ("subprocess", "getoutput", f"echo ran >> {mark}"),
            (MODULE, "run", str(mark)),
            ("pathlib", "Path.touch", str(mark)),
            ("code", "InteractiveInterpreter", write),
            ("builtins", "compile", write),
            ("runpy", "run_module", MODULE),
        ][rng.randint(10)]

    def __reduce__(self):
        return partial(_call, self.module, self.name), (self.argument,)


def _call(module, name, argument):
    target = __import__(module, fromlist=["_"])
    for part in name.split("."):
        target = getattr(target, part)
    return target(argument)


def node(loader, name, **fields):
    module, _, cls = name.rpartition(".")
    return {"__loader__": loader, "__module__": module, "__class__": cls, **fields}


def plain(value):
    return json.dumps(value)


def of(loader, kind, *nodes):
    return node(loader, f"builtins.{kind}", content=list(nodes))


def dictionary(**nodes):
    return node("DictNode", "builtins.dict", content=nodes)


def estimator(name="sksequence.RNNClassifier", state=0, *objects):
    content = dictionary(state=plain(state), objects=of("ListNode", "list", *objects))
    return node("ObjectNode", name, content=content)


def scaler(**attributes):
    name = "sklearn.preprocessing._data.StandardScaler"
    parameters = StandardScaler().get_params() | {"_sklearn_version": __version__}
    attributes |= {name: plain(value) for name, value in parameters.items()}
    return node("ObjectNode", name, content=dictionary(**attributes))


# -- trees of nodes: each takes a payload, and gives a node ----------------------------


def called(p):
    return f"{p.module}.{p.name}"


def arguments(p):
    return of("TupleNode", "tuple", plain(p.argument))


NODES = {
    "function": lambda p: node("FunctionNode", called(p)),
    "type": lambda p: node("TypeNode", called(p)),
    "object": lambda p: node("ObjectNode", called(p), content=dictionary()),
    "object without state": lambda p: node("ObjectNode", called(p)),
    "constructor": lambda p: node(
        "ConstructorFromReduceNode", called(p), content=arguments(p)
    ),
    "reduce": lambda p: node(
        "ReduceNode", called(p), __reduce__={"args": arguments(p)}, content=dictionary()
    ),
    "loss": lambda p: node(
        "LossNode", called(p), __reduce__={"args": arguments(p)}, content=dictionary()
    ),
    "loss of scikit-learn": lambda p: node(
        "LossNode",
        f"sklearn.utils.{p.module}.{p.name}",
        __reduce__={"args": arguments(p)},
        content=dictionary(),
    ),
    "tree": lambda p: node(
        "TreeNode",
        "sklearn.tree._tree.Tree",
        __reduce__={"args": arguments(p)},
        content=dictionary(),
    ),
    "partial": lambda p: node(
        "PartialNode",
        "functools.partial",
        content={
            "func": node("FunctionNode", called(p)),
            "args": arguments(p),
            "kwds": dictionary(),
            "namespace": plain(None),
        },
    ),
    "method": lambda p: node(
        "MethodNode",
        "sksequence.RNNClassifier",
        content={"func": "__init__", "obj": estimator()},
    ),
    "operator": lambda p: node(
        "OperatorFuncNode", "operator.methodcaller", attrs=arguments(p)
    ),
    "operator of another name": lambda p: node(
        "OperatorFuncNode", "operator.call", attrs=arguments(p)
    ),
    "list": lambda p: node("ListNode", called(p), content=[plain(p.argument)]),
    "tuple": lambda p: node("TupleNode", called(p), content=[plain(p.argument)]),
    "set": lambda p: node("SetNode", called(p), content=[plain(p.argument)]),
    "dict": lambda p: node("DictNode", called(p), content={}),
    "keys": lambda p: node(
        "DictNode",
        "builtins.dict",
        content={p.argument: plain(1)},
        key_types=of("ListNode", "list", node("TypeNode", called(p))),
    ),
    "keys of a bunch": lambda p: node(
        "DictNode",
        BUNCH,
        content={p.argument: plain(1)},
        key_types=of("ListNode", "list", node("TypeNode", called(p))),
    ),
    "a bunch that is an object": lambda p: node(
        "ObjectNode",
        [BUNCH, name_of(Bunch)][len(p.name) % 2],
        content=dictionary(__class__=plain(p.argument)),
    ),
    "a bunch by its private name": lambda p: node(
        "DictNode", name_of(Bunch), content={}
    ),
    "default": lambda p: node(
        "DefaultDictNode",
        "collections.defaultdict",
        content={
            "main": dictionary(),
            "default_factory": node("FunctionNode", called(p)),
        },
    ),
    "array of a type": lambda p: node(
        "NdArrayNode", called(p), type="numpy", file="1.npy"
    ),
    "array by a function": lambda p: node(
        "NdArrayNode", "numpy.load", type="numpy", file="1.npy"
    ),
    "array of objects": lambda p: node(
        "NdArrayNode",
        "numpy.ndarray",
        type="json",
        content=[node("ObjectNode", called(p))],
        shape=of("TupleNode", "tuple", plain(1)),
    ),
    "array of another archive": lambda p: node(
        "NdArrayNode", "numpy.ndarray", type="numpy", file="../../../etc/passwd"
    ),
    "array that is absent": lambda p: node(
        "NdArrayNode", "numpy.ndarray", type="numpy", file="7.npy"
    ),
    "bytes of another file": lambda p: node(
        "BytesNode", "builtins.bytes", file="/etc/passwd"
    ),
    "sparse": lambda p: node(
        "SparseMatrixNode", "scipy.sparse.csr_matrix", type="scipy", file="1.npy"
    ),
    "random state": lambda p: node(
        "RandomStateNode", f"numpy.random.mtrand.{p.name}", content=dictionary()
    ),
    "generator": lambda p: node(
        "RandomGeneratorNode",
        "numpy.random.Generator",
        content={
            "bit_generator": dictionary(bit_generator=plain("seed")),
            "seed_seq": dictionary(),
        },
    ),
    "masked": lambda p: node(
        "MaskedArrayNode", called(p), content={"data": plain(1), "mask": plain(1)}
    ),
    "dtype": lambda p: node("DTypeNode", called(p), content=plain(1)),
    "cached": lambda p: node("CachedNode", called(p), __id__=5),
    "loop": lambda p: node(
        "ListNode",
        "builtins.list",
        __id__=9,
        content=[node("ListNode", "builtins.list", __id__=9, content=[])],
    ),
    "unknown loader": lambda p: node(f"{p.name}Node", called(p), content=plain(1)),
    "loader of ours": lambda p: node("text", "builtins.str", content=plain(1)),
    "nested names": lambda p: node("ObjectNode", f"sksequence.RNNClassifier.{p.name}"),
    "private names": lambda p: node(
        "ObjectNode", "sksequence.parallel._stores.MappedStore", content=dictionary()
    ),
    "module of ours": lambda p: node("ObjectNode", "sksequence.estimators._base.wraps"),
    "module of scikit-learn": lambda p: node(
        "ObjectNode", "sklearn.utils._testing.MinimalRegressor", content=dictionary()
    ),
    "module to import": lambda p: node("ObjectNode", f"{MODULE}.Anything"),
    "module of two names": lambda p: node("ObjectNode", f"sklearn.{MODULE}.Any"),
    "fields too many": lambda p: node(
        "ListNode", "builtins.list", content=[], __reduce__=called(p)
    ),
    "names that are none": lambda p: {
        **node("ListNode", "builtins.list", content=[]),
        "__module__": [p.module],
    },
    "a number": lambda p: 3,
    "deep text": lambda p: "[" * 10**5 + "]" * 10**5,
    "deep nodes": lambda p: _deep(400),
    "slice": lambda p: node(
        "SliceNode",
        "builtins.slice",
        content={"start": {"call": called(p)}, "stop": 1, "step": None},
    ),
}


def _deep(n):
    tree = plain(1)
    for _ in range(n):
        tree = of("ListNode", "list", tree)
    return tree


PLACES = {
    "in an estimator": lambda tree: estimator("sksequence.RNNClassifier", 0, tree),
    "in a transformer": lambda tree: estimator(
        "sksequence.preprocessing.ForwardFill", 0, tree
    ),
    "in scikit-learn's": lambda tree: scaler(mean_=tree),
    "in a list": lambda tree: scaler(mean_=of("ListNode", "list", plain(1), tree)),
    "in a bunch": lambda tree: scaler(
        mean_=node("DictNode", BUNCH, content={"pop": plain(1), "__class__": tree})
    ),
    "in a tuple": lambda tree: scaler(mean_=of("TupleNode", "tuple", tree)),
}


def write_tree(path, rng, tree, protocol=2):
    """A file in which all is right but for what is in the tree."""
    place = list(PLACES)[rng.randint(len(PLACES))]
    text = json.dumps(PLACES[place](tree))
    content = {
        "sksequence": "0.2.0",
        "protocol": protocol,
        "tree": text,
        "states": [{"alpha": 0.5}] * text.count('"state"'),
        "arrays": {"1.npy": (False, np.arange(3))} if "1.npy" in text else {},
    }
    write_container(path, "model", content)


# -- states and weights ----------------------------------------------------------------


@cache
def of_a_classifier():
    return taken_apart(saved_models.fitted("RNNClassifier")[0])


def with_state(change):
    """A file of a fitted model whose state is changed."""

    def write(path, rng, payload):
        content = {"sksequence": "0.2.0", **deepcopy(of_a_classifier())}
        (state,) = content["states"]
        change(state, rng, payload)
        write_container(path, "model", content)

    return write


def _spoil(state, rng, payload):
    theta = state["theta_"].copy()
    theta[rng.randint(len(theta))] = rng.choice([np.nan, np.inf, -np.inf])
    state["theta_"] = theta


def _cut(state, rng, payload):
    state["theta_"] = state["theta_"][rng.randint(1, 9) :]


def _architecture(**changes):
    def change(state, rng, payload):
        state["architecture_"] = state["architecture_"] | changes

    return change


STATES = {
    "weights that are no numbers": _spoil,
    "weights too few": _cut,
    "weights too many": lambda s, rng, p: s.update(theta_=np.zeros(10**5)),
    "weights that are text": lambda s, rng, p: s.update(theta_=called(p)),
    "weights of integers": lambda s, rng, p: s.update(
        theta_=s["theta_"].astype(np.int64)
    ),
    "weights in a matrix": lambda s, rng, p: s.update(theta_=s["theta_"][None]),
    "a network too large": _architecture(hidden_layer_sizes=(10**9,)),
    "layers too many": _architecture(hidden_layer_sizes=(1,) * 10**5),
    "a cell by another name": _architecture(cell="os.system"),
    "a head by another name": _architecture(head=("os.system", {})),
    "no architecture": lambda s, rng, p: s.pop("architecture_"),
    "a state of another kind": lambda s, rng, p: s.update(
        alpha=Tagged("reduce", (called(p), p.argument))
    ),
    "a type of another kind": lambda s, rng, p: s.update(dtype=Tagged("type", "O")),
    "a dtype of fields": lambda s, rng, p: s.update(
        dtype=Tagged("dtype", f"{p.module},O")
    ),
    "an object that is absent": lambda s, rng, p: s.update(cell=Tagged("object", -1)),
    "attributes that are none": lambda s, rng, p: s.update({3: called(p)}),
    "objects of another shape": lambda s, rng, p: s.update(
        classes_=Tagged("objects", ((2**40,), ["a"]))
    ),
}


# -- whole files -----------------------------------------------------------------------


def _pickled(payload):
    return pickle.dumps(payload, protocol=2)


def _zip(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, data in members:
            file.writestr(name, data)


def _skops(path, rng, p):
    tree = NODES["function"](p) | {"protocol": 2, "_skops_version": "0.16.0"}
    _zip(path, [("schema.json", json.dumps(tree)), ("1.npy", b"")])


def _traversal(path, rng, p):
    names = ["../../mark.py", "/tmp/../mark", "..\\mark", "C:\\mark", "a/../../mark"]
    _zip(path, [(names[rng.randint(5)], _pickled(p)), ("schema.json", "{}")])


def _duplicates(path, rng, p):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _zip(path, [("schema.json", "{}"), ("schema.json", _pickled(p))] * 3)


def _bomb(path, rng, p):
    _zip(path, [("schema.json", bytes(10**7))], compression=zipfile.ZIP_DEFLATED)


def _links(path, rng, p):
    with tarfile.open(path, "w") as file:
        info = tarfile.TarInfo("schema.json")
        info.type = [tarfile.SYMTYPE, tarfile.LNKTYPE][rng.randint(2)]
        info.linkname = "/etc/passwd"
        file.addfile(info)


def _link(path, rng, p):
    target = path.with_name(path.name + ".target")
    target.write_bytes(_pickled(p))
    path.symlink_to(target)


def _pipe(path, rng, p):
    os.mkfifo(path)


def _npy(path, rng, p):
    with open(path, "wb") as file:
        np.save(file, np.array([p, None], dtype=object), allow_pickle=True)


def _model_and_pickle(path, rng, p):
    io.save(saved_models.fitted("TokenEncoder")[0], path)
    with open(path, "ab") as file:
        file.write(_pickled(p))


def _header(**changes):
    """A header that tells of things that are not there."""

    def write(path, rng, p):
        from hashlib import sha256

        fields = {"kind": "model", "content": None, "arrays": []} | changes
        header = json.dumps(fields).encode()
        end = PREFIX.size + 32 + len(header)
        gap = bytes(-end % 64)
        prefix = PREFIX.pack(b"\x93SKSEQ\r\n", 1, 0, len(header), end + len(gap) + 100)
        digest = sha256(prefix + header).digest()
        path.write_bytes(prefix + digest + header + gap + bytes(100))

    return write


FILES = {
    "a pickle": lambda path, rng, p: path.write_bytes(_pickled(p)),
    "joblib's": lambda path, rng, p: joblib.dump([p], path),
    "a pickle in gzip": lambda path, rng, p: path.write_bytes(
        gzip.compress(_pickled(p))
    ),
    "marshal's": lambda path, rng, p: path.write_bytes(
        marshal.dumps(compile(f"import {MODULE}", "a", "exec"))
    ),
    "Python": lambda path, rng, p: path.write_text(f"import {MODULE}\n"),
    "an array of objects": _npy,
    "a file of skops": _skops,
    "paths out of the archive": _traversal,
    "members of one name": _duplicates,
    "a bomb": _bomb,
    "links in an archive": _links,
    "a model and a pickle": _model_and_pickle,
    "huge counts": _header(arrays=[["<f8", [2**40], 0, None]]),
    "a packed bomb": _header(arrays=[["<f8", [2**37], 0, 100]]),
    "objects as an array": _header(arrays=[["|O", [3], 0, None]]),
    "fields in an array": _header(arrays=[[[["a", "|O"]], [3], 0, None]]),
    "arrays beyond count": _header(arrays=[["<f8", [0], 0, None]] * 1000),
    "content to call": _header(content={"reduce": ["os.system", "true"]}),
    "another model": lambda path, rng, p: write_container(path, "model", [1, 2]),
    "another kind": lambda path, rng, p: write_container(path, "checkpoint", {}),
    "an older protocol": lambda path, rng, p: write_tree(
        path, rng, plain(1), protocol=int(rng.randint(2))
    ),
    "a later protocol": lambda path, rng, p: write_tree(
        path, rng, plain(1), protocol=int(rng.randint(5, 99))
    ),
    "plain content": lambda path, rng, p: write_tree(path, rng, p.argument),
}
if os.name == "posix":
    FILES |= {"a link": _link, "a pipe": _pipe}

KINDS = {
    **FILES,
    **{
        f"node: {name}": lambda path, rng, p, make=make: write_tree(path, rng, make(p))
        for name, make in NODES.items()
    },
    **{f"state: {name}": with_state(change) for name, change in STATES.items()},
}


def try_files(folder, n, seed=0):
    """Make and load files, each kind in turn: (tried, ran, loaded) by kind."""
    folder = Path(folder)
    mark = folder / "mark"
    (folder / f"{MODULE}.py").write_text(
        textwrap.dedent(
            f"""
            from pathlib import Path
            Path({str(mark)!r}).write_text("imported")
            def run(mark):
                Path(mark).write_text("ran")
            """
        )
    )
    rng = np.random.RandomState(seed)
    results = {}
    sys.path.insert(0, str(folder))
    try:
        for k in range(n):
            kind = list(KINDS)[k % len(KINDS)]
            path = folder / f"file{k}"
            KINDS[kind](path, rng, Payload(rng, mark))
            tried, ran, loaded = results.get(kind, (0, 0, 0))
            try:
                io.load(path)
                loaded += 1
            except io.DamagedFile:
                pass
            ran += mark.exists() or MODULE in sys.modules
            mark.unlink(missing_ok=True)
            results[kind] = tried + 1, ran, loaded
            path.unlink()
    finally:
        sys.path.remove(str(folder))
    return results


def main():
    """Make, load and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = try_files(folder, options.n, options.seed)
    for kind, (tried, ran, loaded) in results.items():
        print(f"{kind:36} {tried:4} files, {ran} ran, {loaded} loaded")
    tried, ran, loaded = map(sum, zip(*results.values()))
    print(f"{len(results)} kinds, {tried} files, {ran} ran, {loaded} loaded")
    sys.exit(int(ran > 0 or loaded > 0))


if __name__ == "__main__":
    main()
