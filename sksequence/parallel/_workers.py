"""The workers of a fit: those of joblib's backend, which may die."""

from contextlib import ExitStack
from pickle import PicklingError

from joblib import Parallel, delayed
from joblib.parallel import get_active_backend

from .. import _parameters as p
from ._stores import store_of

MOST_ATTEMPTS = 3  # at one round


class Workers:
    """A context in which a function is called for several arguments, side by side.

    The backend is that of ``joblib.parallel_config``; processes of this machine, if
    none is chosen.

    Parameters
    ----------
    n_workers : int
    """

    def __init__(self, n_workers):
        self.n_workers = n_workers

    def __enter__(self):
        self._open = ExitStack()
        self._begin()
        return self

    def __exit__(self, *error):
        return self._open.__exit__(*error)

    def _begin(self):
        backend, _ = get_active_backend()
        self.store = self._open.enter_context(store_of(backend, self.n_workers))
        # One task at a time, and no arrays in files that stay until the end.
        self._parallel = self._open.enter_context(
            Parallel(self.n_workers, batch_size=1, max_nbytes=None)
        )
        self.generation = getattr(self, "generation", 0) + 1

    def put(self, name, thing):
        """What stands for something among the arguments, see ``store_of``."""
        return self.store.put(name, thing)

    def call(self, function, arguments, what):
        """The results of ``function(*a)`` for each a that ``arguments()`` gives.

        Function and arguments are pickled, and errors of the function are among its
        results: what is raised means that a worker is lost, or what it held. All is
        then done again, with new workers and new arguments.

        Parameters
        ----------
        function : callable
        arguments : callable
            It puts what the workers of this ``generation`` do not have yet.
        what : str
            Is done, for the warning.
        """
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                return self._parallel(delayed(function)(*a) for a in arguments())
            except PicklingError:
                raise
            except Exception as error:
                self._open.close()
                if attempt == MOST_ATTEMPTS:
                    raise
                p.warn_user(
                    f"{what} is repeated: a worker was lost "
                    f"({type(error).__name__}: {error!s:.200})."
                )
                self._begin()
