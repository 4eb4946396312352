"""Where the workers of a backend find what is sent once and read in every round."""

import os
import tempfile
from importlib import import_module
from pathlib import Path

import joblib


class Stored:
    """What stands for something that is stored, among the arguments of a task."""

    def get(self):
        """What is stored."""
        raise NotImplementedError

    def give(self, thing):
        """What a worker returns for something, which the caller reads by ``held``."""
        return thing


def give(argument, thing):
    """What a worker returns for something, on the way that an argument has come."""
    return argument.give(thing) if isinstance(argument, Stored) else thing


def held(argument):
    """An argument of a task, or a result, fetched if it is stored."""
    if isinstance(argument, Stored):
        return argument.get()
    if hasattr(argument, "result"):  # joblib does not ask a Dask cluster of one worker
        return argument.result()
    return argument


class Arguments:
    """No store: everything is sent with each task. Threads share what they are given.

    Also the base of the others: a context, in which ``put`` works.
    """

    def __init__(self, backend):
        self.backend = backend

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def put(self, name, thing):
        """Store something, in place of what had this name; give what stands for it."""
        return thing


class Files(Arguments):
    """Files of a temporary folder, for processes of this machine: mapped, not copied.

    It is in the folder that the environment variable JOBLIB_TEMP_FOLDER names, if it is
    set.
    """

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(
            prefix="sksequence_",
            dir=os.environ.get("JOBLIB_TEMP_FOLDER"),
            ignore_cleanup_errors=True,  # Windows keeps what somebody has mapped
        )
        return self

    def __exit__(self, *error):
        self.folder.cleanup()

    def put(self, name, thing):
        return File(Path(self.folder.name) / name).written(thing)


class File(Stored):
    """Something in a file, whose arrays are read as they are needed."""

    def __init__(self, path):
        self.path = path

    def get(self):
        return joblib.load(self.path, mmap_mode="r")

    def give(self, thing):
        return File(self.path.with_suffix(".result")).written(thing)

    def written(self, thing):
        """This file, which holds something from now on."""
        # An old file is written over: new memory may take longer than all the rest.
        with open(self.path, "r+b" if self.path.exists() else "xb") as file:
            joblib.dump(thing, file)
        return self


class Scattered(Arguments):
    """Memory of Dask's workers: tasks go where their data are."""

    def put(self, name, thing):
        (future,) = self.backend.client.scatter([thing], hash=False)
        return future  # for which Dask puts what it stands for


class Objects(Arguments):
    """Ray's object store, which all workers of a machine read from."""

    def put(self, name, thing):
        return Reference(import_module("ray").put(thing))


class Reference(Stored):
    """Something in Ray's object store."""

    def __init__(self, reference):
        self.reference = reference

    def get(self):
        return import_module("ray").get(self.reference)


# By the name of the class of a backend of joblib. All others: ``Arguments``.
STORES = {
    "LokyBackend": Files,
    "MultiprocessingBackend": Files,
    "DaskDistributedBackend": Scattered,
    "RayBackend": Objects,
}


def store_of(backend, n_workers):
    """The store for a backend of joblib with so many workers."""
    store = STORES.get(type(backend).__name__, Arguments)
    if store is Files and n_workers == 1:  # who works is this process
        store = Arguments
    return store(backend)
