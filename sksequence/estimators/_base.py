"""What all estimators share: arguments, checks, training, prediction, pickling."""

import warnings
from functools import wraps
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, clone
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import _parameters as p
from .._threads import (
    SHARED_STEP_SIZE,
    n_threads,
    one_blas_thread,
    share_out,
    worker_thread,
)
from .._version import __version__
from ..cells import CELLS, Cell, Workspace
from ..network import ACTIVATIONS, build_network
from ..objectives import PackedSequences
from ..sequences import (
    as_ragged,
    check_sample_weight,
    check_sequences,
    check_token_range,
    flat,
    pack,
    refuse_masks,
    refuse_one_sequence,
    rows_of,
    similar_lengths,
    with_flat,
)
from ..training import (
    OPTIMIZERS,
    SCHEDULES,
    UNPLANNED,
    Stopping,
    Training,
    make_optimizer,
)
from ._embedding import fill_embedding
from ._inputs import check_lengths_agree, is_table, width_of_lists, without_zeros
from ._monitor import Monitor
from ._validation import Validation, take

AUTO_BATCH_SIZE = 32
SAMPLE_SIZE = 8  # sequences that tell whether the weights are good
PREDICT_BATCH_SIZE = 256
PREDICT_MAX_ROWS = 50_000  # steps in one batch of a prediction
WALL_TIME = ("seconds", "sequences_per_second", "steps_per_second")  # of an epoch
DROPOUTS = ("dropout", "input_dropout", "output_dropout", "recurrent_dropout")
WHICH_RNN = 'cell="rnn" is the tanh RNN, cell="rnn_relu" the relu one'


class VersionWarning(InconsistentVersionWarning):
    """An estimator was pickled by another version of sksequence."""

    def __str__(self):
        return (
            f"{self.estimator_name} was pickled by sksequence "
            f"{self.original_sklearn_version} and is loaded by "
            f"{self.current_sklearn_version}. It may behave differently or fail."
        )


class BaseRNN(CallbackSupportMixin, ClassNamePrefixFeaturesOutMixin, BaseEstimator):
    """Base of all estimators; think twice before adding anything.

    A subclass gives ``_loss`` (a name in ``LOSSES``, or a loss of its own), or a whole
    head with ``_head_options``, and, to check and encode targets,
    ``_check_targets`` and ``_validation_score``.
    """

    _expected = {
        "hidden_layer_sizes": [p.sizes(empty=False)],
        "cell": [p.one_of(*CELLS, note=WHICH_RNN), p.instance(Cell)],
        "bidirectional": [p.BOOLEAN],
        "dense_layer_sizes": [p.sizes(empty=True)],
        "dense_activation": [p.one_of(*ACTIVATIONS)],
        "embedding_dim": [p.NONE, p.integer(1)],
        "n_tokens": [p.NONE, p.integer(1)],
        "embedding_init": [p.NONE, p.MAPPING, p.ARRAY],
        "embedding_trainable": [p.BOOLEAN],
        "dropout": [p.real(0, 1)],
        "recurrent_dropout": [p.real(0, 1)],
        "solver": [p.one_of(*OPTIMIZERS)],
        "alpha": [p.real(0)],
        "batch_size": [p.one_of("auto"), p.integer(1)],
        "learning_rate": [p.one_of(*SCHEDULES), p.CALLABLE],
        "learning_rate_init": [p.real(0, low_open=True)],
        "power_t": [p.real(0)],
        "max_iter": [p.integer(1)],
        "clip_norm": [p.NONE, p.real(0, low_open=True)],
        "shuffle": [p.BOOLEAN],
        "tol": [p.real(0)],
        "n_iter_no_change": [p.integer(1)],
        "early_stopping": [p.BOOLEAN],
        "validation_fraction": [p.real(0, 1, low_open=True)],
        "scoring": [p.NONE, p.TEXT, p.CALLABLE],
        "momentum": [p.real(0, 1)],
        "nesterovs_momentum": [p.BOOLEAN],
        "beta_1": [p.real(0, 1)],
        "beta_2": [p.real(0, 1)],
        "epsilon": [p.real(0, low_open=True)],
        "warm_start": [p.BOOLEAN],
        "dtype": [p.one_of("auto", "float32", "float64")],
        "n_jobs": [p.NONE, p.JOBS],
        "random_state": [p.NONE, p.RANDOM_STATE],
        "verbose": [p.VERBOSE],
    }

    _has_targets = True
    _has_long_epochs = False  # of which what was learnt is worth keeping

    # -- input -------------------------------------------------------------------------

    def _check_X(self, X, *, reset, name="X", architecture=None, dtype=None):
        """Any kind of X as a checked RaggedArray, with this network's width of a step.

        A 2-D array is univariate sequences of equal length. Scikit-learn reads it as a
        table, and so its ``n_features_in_`` is the number of columns. With ``reset``
        the width is learnt; else it must be that of ``architecture`` (default: the
        fitted one), and numbers come in the precision of the fitted weights. What was
        fitted on sequences takes no array (n_steps, 1): it is one of them, more likely
        than n_steps of one step.
        """
        if dtype is None:
            dtype = self.dtype if reset else self.theta_.dtype
        owner = type(self).__name__
        tokens = self._takes_tokens()
        refuse_masks(X, name)
        given, table = X, is_table(X)
        if table and (reset or self._fitted_on_table):
            X = validate_data(
                self,
                X,
                reset=reset,
                dtype=None if tokens else "numeric",
                ensure_all_finite=False,
            )
        X = as_ragged(X, name=name)
        vectors = X.values.ndim > 1
        if not reset and not self._fitted_on_table:
            self._check_form(X, given, table, name)
        X = check_sequences(X, name=name, dtype=dtype, tokens=tokens, owner=owner)
        width = X.values.shape[1] if X.values.ndim == 2 else 1
        if reset:
            self._fitted_on_table, self._had_vectors = table, vectors
            self._width_of_lists = None if tokens else width_of_lists(given)
            if not table:
                self.n_features_in_ = width
                if hasattr(self, "feature_names_in_"):
                    del self.feature_names_in_
            return X
        n_features = (architecture or self.architecture_)["n_features"]
        if tokens and not X.is_sparse:
            check_token_range(X, n_features, name)
        elif width != n_features:
            one = not vectors and (X.lengths == n_features).all()
            hint = f" If {name} is one sequence, pass it as [{name}]." if one else ""
            raise ValueError(
                f"{name} has {width} features, but {owner} is expecting {n_features} "
                f"features as input: every step of {name}[0] must have {n_features} "
                f"numbers. Got {width} instead.{hint}"
            )
        return X

    def _check_form(self, X, given, table, name):
        """Raise an error for what is read otherwise than it is meant."""
        if table or self._had_vectors:
            refuse_one_sequence(X, given, name)
        width = np.shape(given)[1] if table else None
        if table and self._width_of_lists not in (None, width):
            raise ValueError(
                f"{name} is an array of sequences of {width} steps, but "
                f"{type(self).__name__} was fitted on lists of {self._width_of_lists} "
                "each. Where lengths differ, pass a list of sequences."
            )

    def _takes_tokens(self):
        """Whether the steps of X are token ids."""
        return self.embedding_dim is not None

    # -- the network -------------------------------------------------------------------

    def _build(self, architecture):
        return build_network(**architecture)

    def _make_architecture(self, X, n_outputs):
        """The settings of the network as plain values, kept after ``fit``."""
        if self.dense_activation != "relu" and not as_tuple(self.dense_layer_sizes):
            p.warn_user(
                f"dense_activation={self.dense_activation!r} does nothing: it concerns "
                "dense layers only, and dense_layer_sizes is empty. For the activation "
                f"of the recurrent layers, {WHICH_RNN}."
            )
        width = self.embedding_dim
        if width is not None and not X.is_sparse:
            n_features = int(X.values.max()) + 1
            known = self._n_known_tokens()
            if known is not None:
                check_token_range(X, known)
                n_features = int(known)
        else:
            n_features = X.values.shape[1]
        if isinstance(self.cell, Cell):
            cell = clone(self.cell)  # set_params may change the one of the estimator
            cell.check_options()
        else:
            cell = str(self.cell)
        return {
            "n_features": n_features,
            "n_outputs": n_outputs,
            "hidden_layer_sizes": as_tuple(self.hidden_layer_sizes),
            "cell": cell,
            "bidirectional": bool(self.bidirectional),
            "dense_layer_sizes": as_tuple(self.dense_layer_sizes),
            "dense_activation": str(self.dense_activation),
            "embedding_dim": None if self.embedding_dim is None else int(width),
            "embedding_trainable": bool(self.embedding_trainable),
            "dropout": float(self.dropout),
            "recurrent_dropout": float(self.recurrent_dropout),
            "pooling": self._pooling(),
            "head": self._head_options(),
            "sparse_input": X.is_sparse,
        }

    def _n_known_tokens(self):
        """How many tokens there are, if that is said and not left to the data."""
        if self.n_tokens is None and hasattr(self.embedding_init, "__array__"):
            return len(self.embedding_init)
        return self.n_tokens

    def _pooling(self):
        return getattr(self, "pooling", None)

    def _head_options(self):
        """The kind of head and its options, see ``build_network``."""
        return "linear", {"loss": self._loss()}

    @property
    def _head(self):
        """The head of the fitted network."""
        return self._build(self.architecture_).head

    @property
    def params_(self):
        """The fitted parameters by name ("rnn0.U", ...), views into ``theta_``."""
        check_is_fitted(self)
        return self._build(self.architecture_).layout.views(self.theta_)

    @property
    def _n_features_out(self):  # of transform
        return self.params_["output.W"].shape[0]

    def _run(self, X, below=None):
        """Scores (or what goes into the layer ``below`` which to stop).

        One row a sequence of X, or a RaggedArray with one a step.
        """
        check_is_fitted(self)
        X = self._check_X(X, reset=False)
        return self._run_checked(self.theta_, self.architecture_, X, below)

    def _run_checked(self, theta, architecture, X, below=None):
        network = self._build(architecture)
        batches = similar_lengths(X.lengths, PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS)
        # Threads that share small steps would only wait for each other.
        step_size = len(batches[0]) * max(architecture["hidden_layer_sizes"])
        n = n_threads(self.n_jobs) if step_size >= SHARED_STEP_SIZE else 1

        pooled = architecture["pooling"] is not None

        def run(share):
            workspace, results = Workspace(), []
            for batch in share:
                rows, steps, order = pack(X, batch)
                Y, _ = network.forward(
                    theta,
                    rows,
                    steps,
                    below=below,
                    need_tape=False,
                    workspace=workspace,
                )
                place = order if pooled else rows_of(X, steps, order)
                # States of steps lie in the workspace, for the next batch to overwrite.
                results.append((place, Y if below is None else Y.copy()))
            return results

        with one_blas_thread():
            results = share_out(run, batches, min(n, len(batches)))
        first = results[0][1]
        n_rows = len(X) if pooled else X.offsets[-1]
        scores = np.empty((n_rows, first.shape[1]), first.dtype)
        for place, Y in results:
            scores[place] = Y
        return scores if pooled else X.with_values(scores)

    # -- training ----------------------------------------------------------------------

    def _fit(
        self,
        X,
        y,
        sample_weight,
        X_val=None,
        y_val=None,
        *,
        partial=False,
        classes=None,
    ):
        """Check everything and train."""
        p.check_parameters(self, self._expected)
        if partial:
            self._check_partial()
        if (X_val is None) != (y_val is None) and self._has_targets:
            missing = "y_val" if y_val is None else "X_val"
            raise ValueError(f"X_val and y_val go together: {missing} is missing.")
        going_on = (partial or self.warm_start) and hasattr(self, "theta_")
        given = X, y
        X, y = self._prepare(X, y, reset=not going_on)
        X = self._check_X(X, reset=not going_on)
        y = self._check_targets(
            self._check_y_given(y), reset=not going_on, classes=classes
        )
        self._check_agree(y, X)
        weights = self._check_weights(sample_weight, X)
        architecture = self._make_architecture(X, self._n_outputs())
        X, y, weights, counted = without_zeros(X, y, weights, "sample_weight")

        rng = check_random_state(self.random_state)
        before = self._state_of_partial(rng) if partial else None
        dtype = self.theta_.dtype if going_on else self._choose_dtype(X)
        validation = None
        if X_val is not None:
            validation = self._check_validation(X_val, y_val, architecture, dtype)
        elif self.early_stopping:
            (X, y, weights), validation = self._hold_out(
                X, y, weights, given, counted, sample_weight, rng
            )
        X, y, weights = self._arrange(X, y, weights)
        weights = self._apply_class_weight(weights, y, partial)
        X, y, weights, _ = without_zeros(X, y, weights, "class_weight")
        y = self._encode_targets(y, weights, dtype, reset=not going_on)
        with one_blas_thread(), worker_thread(self.n_jobs) as worker:
            theta = self._start(architecture, dtype, rng, going_on)
            return self._train(
                worker,
                X,
                y,
                weights,
                validation,
                architecture,
                theta,
                rng,
                given,
                partial,
                before,
            )

    def _check_y_given(self, y):
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but "
                "the target y is None."
            )
        return y

    def _check_agree(self, y, X, suffix=""):
        check_lengths_agree(y, len(X), suffix)

    def _check_weights(self, sample_weight, X):
        return check_sample_weight(sample_weight, len(X))

    def _apply_class_weight(self, weights, y, partial):
        return weights

    def _choose_dtype(self, X):
        if self.dtype != "auto":
            return np.dtype(self.dtype)
        return X.dtype if X.dtype.kind == "f" else np.dtype(np.float32)

    def _start(self, architecture, dtype, rng, going_on):
        """Start values of the weights: new ones, or a copy of those there are."""
        if not going_on:
            network = self._build(architecture)
            theta = self._start_values(network, rng, dtype)
            if self.embedding_init is not None:
                table = network.layout.views(theta).get("embedding.E")
                fill_embedding(table, self.embedding_init, type(self).__name__)
            return theta
        # What is trained goes on; only what no weight depends on may have changed.
        free = {*DROPOUTS, "embedding_trainable"}
        free |= {"n_features", "sparse_input"}
        for name in architecture.keys() - free:
            old, new = self.architecture_[name], architecture[name]
            if repr(old) != repr(new):  # cells are alike if they are written alike
                raise ValueError(
                    f"{name} was {old!r} in the fit before and is {new!r} now. "
                    "Going on needs the same network: use a new estimator, or "
                    "warm_start=False."
                )
        for name in ("n_features", "sparse_input"):
            architecture[name] = self.architecture_[name]
        return self.theta_.copy()

    def _start_values(self, network, rng, dtype):
        return network.init(rng, dtype)

    def _check_validation(self, X_val, y_val, architecture, dtype):
        """A validation set that is given."""
        shown = X_val, y_val
        X_val, y_val = self._prepare(X_val, y_val, reset=False, name="X_val")
        X_val = self._check_X(
            X_val, reset=False, name="X_val", architecture=architecture, dtype=dtype
        )
        y_val = self._check_targets(y_val, reset=False, name="y_val")
        self._check_agree(y_val, X_val, "_val")
        return Validation(X_val, y_val, self._check_weights(None, X_val), shown)

    def _hold_out(self, X, y, weights, given, counted, sample_weight, rng):
        """What is trained on, and what early stopping watches.

        Parameters
        ----------
        X, y, weights
            Checked.
        given : (X, y)
            As passed to ``fit``.
        counted : ndarray of int
            Which entries of ``given`` those of X are.
        sample_weight : array-like or None
            As passed to ``fit``.
        rng : RandomState

        Returns
        -------
        (X, y, weights), Validation
        """
        kept, out = self._split(y, rng)
        shown = shown_weights = None
        if self.scoring is not None:
            if np.ndim(sample_weight) == 0 and sample_weight is not None:
                sample_weight = np.full(counted.max() + 1, sample_weight)
            *shown, shown_weights = (
                take(data, counted[out]) for data in (*given, sample_weight)
            )
        validation = Validation(X[out], y[out], weights[out], shown, shown_weights)
        return (X[kept], y[kept], weights[kept]), validation

    def _arrange(self, X, y, weights):
        """What is trained on, in the form in which batches are cut from it."""
        return X, y, weights

    def _split(self, y, rng):
        """Indices of what is trained on and of what early stopping watches."""
        from sklearn.model_selection import train_test_split

        return train_test_split(
            np.arange(len(y)),
            test_size=self.validation_fraction,
            random_state=rng,
            stratify=self._stratify(y),
        )

    def _stratify(self, y):
        return None

    def _train(
        self,
        worker,
        X,
        y,
        weights,
        validation,
        architecture,
        theta,
        rng,
        given,
        partial,
        before,
    ):
        """Train ``theta``, and change the estimator when all is done.

        ``before`` is the state in which ``partial_fit`` left the optimiser.
        """
        network = self._build(architecture)
        masks = rng if any(architecture.get(name) for name in DROPOUTS) else None
        # The greatest weight is taken out, so that the sum of large ones is finite.
        greatest = float(flat(weights).max())
        relative = with_flat(weights, flat(weights) / greatest)
        total = self._total_weight(relative, y)
        shares = with_flat(weights, (flat(relative) / total).astype(theta.dtype))
        total *= greatest

        objective = self._objective(
            network,
            X,
            y,
            shares,
            total,
            worker=worker,
            rng=rng,
            dropout_rng=masks,
        )
        decoupled = self.solver == "adamw"  # its decay is no part of the loss
        optimizer = self._make_optimizer(network.layout, theta.dtype, decoupled)
        if before is not None:
            optimizer.set_state(before["optimizer"])
        goes_on = (partial or self.warm_start) and hasattr(self, "history_")
        training = Training(
            theta,
            objective,
            optimizer,
            rng,
            learning_rate_init=float(self.learning_rate_init),
            schedule=self.learning_rate,
            power_t=self.power_t,
            max_iter=1 if partial else self.max_iter,
            alpha=0.0 if decoupled else float(self.alpha / total),
            clip_norm=self.clip_norm,
            tol=self.tol,
            keep_best=validation is not None,
            history=self.history_ if goes_on else (),
        )
        stopping = Stopping(
            self.learning_rate, self.n_iter_no_change, watched=validation is not None
        )
        root = None
        if not partial:
            root = self._init_callback_context(max_subtasks=self.max_iter)
        monitor = Monitor(
            self,
            training,
            stopping,
            architecture,
            self._sample_of(X),
            validation,
            root,
            given,
        )
        theta = monitor.run()
        for name, value in monitor.fitted(theta).items():
            setattr(self, name, value)
        if not partial:
            self._partial_state = None
        elif not monitor.ended_early:  # else that of the weights that are kept
            self._partial_state = {
                "solver": self.solver,
                "optimizer": optimizer.get_state(),
                "random": rng.get_state(),
            }
        return self

    def _total_weight(self, weights, y):
        """The weights of all rows of the loss together."""
        return float(flat(weights).sum())

    def _n_batch(self):
        return AUTO_BATCH_SIZE if self.batch_size == "auto" else self.batch_size

    def _objective(self, network, X, y, weights, total_weight, **options):
        """The way through the training data; all ``weights`` sum to one."""
        return PackedSequences(
            network,
            X,
            y,
            weights,
            total_weight,
            batch_size=self._n_batch(),
            shuffle=self.shuffle,
            **options,
        )

    def _sample_of(self, X):
        return X[:SAMPLE_SIZE]

    def _prepare(self, X, y, *, reset, name="X"):
        """Sequences and targets as they are, or made of what the user gave."""
        return X, y

    def _watch(self, theta, architecture, X, y):
        """What ``_validation_score`` needs of a validation set; finite, or training has
        diverged.
        """
        return self._run_checked(theta, architecture, X)

    def _make_optimizer(self, layout, dtype, decoupled):
        names = {name for _, names in OPTIMIZERS.values() for name in names}
        # Python's numbers leave float32 what it is; NumPy's would make it float64.
        options = {name: np.asarray(getattr(self, name)).item() for name in names}
        alpha = float(self.alpha) if decoupled else 0.0
        return make_optimizer(self.solver, layout, dtype, alpha, **options)

    def _check_partial(self):
        if self.learning_rate not in UNPLANNED:
            raise ValueError(
                f"learning_rate={self.learning_rate!r} needs all epochs of a fit, and "
                "partial_fit does not know how many there will be. Use "
                f"{' or '.join(map(repr, UNPLANNED))}."
            )
        if self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True.")

    def _state_of_partial(self, rng):
        """What the call of partial_fit before left; ``rng`` goes on where it ended."""
        state = getattr(self, "_partial_state", None)
        if state is None or state["solver"] != self.solver:
            return None
        if isinstance(self.random_state, Integral):
            rng.set_state(state["random"])
        return state

    # -- pickling ----------------------------------------------------------------------

    def __getstate__(self):
        state = {**super().__getstate__(), "_sksequence_version": __version__}
        if "history_" in state:  # equal fits are equal, however long they took
            state["history_"] = [
                {name: value for name, value in row.items() if name not in WALL_TIME}
                for row in state["history_"]
            ]
        return state

    def __setstate__(self, state):
        state = dict(state)
        version = state.pop("_sksequence_version", "unknown")
        if version != __version__:
            warnings.warn(
                VersionWarning(
                    estimator_name=type(self).__name__,
                    current_sklearn_version=__version__,
                    original_sklearn_version=version,
                ),
                stacklevel=2,
            )
        super().__setstate__(state)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def kept_if_failed(method):
    """Leave an estimator as it was when a method of it raises."""

    @wraps(method)
    def guarded(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            return method(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return guarded


def as_tuple(sizes):
    return tuple(int(k) for k in np.atleast_1d(np.asarray(sizes, dtype=np.intp)))
