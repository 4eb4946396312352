"""The one table of what estimators are told: default, allowed values, documentation.

It comes in groups. The table of an estimator is those that it has, in the order of its
constructor, beside what is its own; ``but`` says where it differs. Of the fitted
attributes that all have there is the text alone.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from .. import _parameters as p
from .._parameters import Parameter
from ..cells import CELLS, ENGINES, Cell
from ..network import ACTIVATIONS, POOLINGS
from ..preprocessing import TokenEncoder
from ..training import OPTIMIZERS, SCHEDULES
from ._target_losses import NUMBER_LOSSES

WHICH_RNN = 'cell="rnn" is the tanh RNN, cell="rnn_relu" the relu one'
# Of batch_size="auto" and max_iter="auto": what benchmarks/defaults.py has found.
SMALL_BATCH_SIZE, MANY_SEQUENCES, AUTO_BATCH_SIZE = 16, 1000, 32
AUTO_UPDATES, FEWEST_EPOCHS, MOST_EPOCHS = 4000, 10, 100
MOST_EPOCHS_FOR_NUMBERS = 50  # noisy numbers are soon learnt by heart
LEAST_MAX_LENGTH = 100  # of max_length="auto"

CellName = Literal["rnn", "rnn_relu", "gru", "gru_simple", "lstm", "lstm_peephole"]
Activation = Literal["identity", "relu", "tanh", "logistic"]
PoolingName = Literal["last", "mean", "max", "concat", "attention"]
Solver = Literal["adam", "adamw", "rmsprop", "sgd"]
Schedule = Literal["constant", "invscaling", "adaptive", "cosine", "one_cycle"]
NumberLossName = Literal[
    "squared_error", "absolute_error", "huber", "quantile", "poisson"
]
Precision = Literal["auto", "float32", "float64"]
AttentionName = Literal["dot", "general", "additive"]
LengthPenalty = Literal["wu", "avg"]
Analyzer = Literal["word", "char"] | Callable[[str], Iterable[str]]

# -- the network -----------------------------------------------------------------------

RECURRENT = {
    "hidden_layer_sizes": Parameter(
        (64,),
        [p.sizes(empty=False)],
        "Number of units of each recurrent layer; (64, 64, 64) is a deep RNN of "
        "three layers.",
    ),
    "cell": Parameter(
        "gru",
        [p.one_of(*CELLS, note=WHICH_RNN), p.instance(Cell)],
        'The cell of the recurrent layers. "rnn" is the tanh RNN, "rnn_relu" the '
        "relu one. Instances of classes derived from :class:`sksequence.cells.Cell` "
        "have options of their own.",
    ),
}
# Of a network that labels whole sequences: what benchmarks/defaults.py has found.
UNITS, TOKEN_UNITS = 64, 128
SIZES = RECURRENT["hidden_layer_sizes"]
LABEL_RECURRENT = RECURRENT | {
    "hidden_layer_sizes": SIZES.but(
        default="auto",
        expected=[p.one_of("auto"), *SIZES.expected],
        text=f'{SIZES.text} "auto": one layer of {UNITS} units, or of {TOKEN_UNITS} '
        "where steps are tokens (``embedding_dim`` is set).",
    )
}
BIDIRECTIONAL = {
    "bidirectional": Parameter(
        True,
        [p.BOOLEAN],
        "Whether every recurrent layer also reads the sequences backward.",
    )
}
POOLING = {
    "pooling": Parameter(
        "max",
        [p.one_of(*POOLINGS)],
        'How the states of all steps become one vector. Bidirectional "last" joins '
        "the last state of the forward direction with the state of the backward "
        'direction at the first step. "concat" puts last, mean and maximum side by '
        'side. "attention" is a mean with learned weights: the softmax over the steps '
        "of tanh(h W + b) v.",
    )
}
DENSE = {
    "dense_layer_sizes": Parameter(
        (),
        [p.sizes(empty=True)],
        "Sizes of dense layers, applied at every step above the recurrent layers.",
    ),
    "dense_activation": Parameter(
        "relu",
        [p.one_of(*ACTIVATIONS)],
        "Activation of the dense layers only; the activation of the recurrent layers "
        "is part of ``cell``.",
    ),
}
EMBEDDING = {
    "embedding_dim": Parameter(
        None,
        [p.NONE, p.integer(1)],
        "Length of the vector for each token. Set it if steps are token ids (or "
        "sparse bags of tokens).",
    ),
    "n_tokens": Parameter(
        None,
        [p.NONE, p.integer(1)],
        "Size of the vocabulary. None: the largest id in ``fit`` plus one. Set it if "
        "a part of the data, as in cross-validation, may not contain all tokens.",
    ),
    "embedding_init": Parameter(
        None,
        [p.NONE, p.MAPPING, p.ARRAY],
        "Pretrained vectors: an array of shape (n_tokens, embedding_dim) for all "
        "tokens, or a dict from token id to vector.",
    ),
    "embedding_trainable": Parameter(
        True, [p.BOOLEAN], "Whether training changes the embedding."
    ),
    "token_dropout": Parameter(
        1.0,
        [p.real(0)],
        "Strength of the random replacement of tokens that trains the vector of "
        "unknown tokens. In each epoch, a token that occurs n times is replaced with "
        "probability token_dropout / (token_dropout + n) (Kiperwasser & Goldberg, "
        "2016) by the smallest id below n_tokens that does not occur in X, such as "
        "the id of TokenEncoder's ``unk_token``. Nothing is replaced if all ids "
        "occur in X, with ``embedding_init``, or in sparse steps.",
    ),
}
# Of tokens that the estimator itself makes of text.
TOKEN_EMBEDDING = {
    "embedding_dim": Parameter(
        64, [p.integer(1)], "Length of the vector for each token."
    )
}
STANDARDIZE = {
    "standardize": Parameter(
        True,
        [p.BOOLEAN],
        "Whether the network centers and scales each feature of the steps by its "
        "mean and standard deviation over all steps of the first fit, weighted by "
        "sample_weight, so that units and offsets do not matter. Sparse steps are "
        "only scaled, by the largest absolute value. Token ids are not changed. Static "
        "numbers are standardized, too.",
    )
}
DROPOUT = {
    "dropout": Parameter(
        0.0,
        [p.real(0, 1)],
        "Fraction of units dropped between layers, with one mask per sequence for "
        "all its steps (variational dropout). The input itself is never dropped, but "
        "the output of an embedding is.",
    ),
    "recurrent_dropout": Parameter(
        0.0,
        [p.real(0, 1)],
        "Fraction of the state dropped where it enters the gates, with one mask per "
        "sequence.",
    ),
}
# Of those that predict labels.
LABEL_DROPOUT = DROPOUT | {"dropout": DROPOUT["dropout"].but(default=0.3)}

LABEL_SMOOTHING = {
    "label_smoothing": Parameter(
        0.0,
        [p.real(0, 1)],
        "In training, the fraction of each target that is spread evenly over all "
        "classes (Szegedy et al., 2016). It may improve ``predict``, but makes "
        "probabilities less accurate.",
    )
}

# Of those that predict numbers.
NUMBERS = {
    "loss": Parameter(
        "squared_error",
        [p.one_of(*NUMBER_LOSSES)],
        'The loss that training minimizes. "squared_error" predicts the mean; '
        '"absolute_error" the median; "huber" is squared for small errors and linear '
        'for large ones; "quantile" predicts the quantile ``quantile``; "poisson" '
        "predicts the mean of counts and rates, which is never negative (the network "
        "predicts its logarithm).",
    ),
    "quantile": Parameter(
        0.5,
        [p.real(0, 1, low_open=True)],
        'For loss="quantile": the fraction of the targets that should lie below the '
        "prediction.",
    ),
}

# -- training --------------------------------------------------------------------------


def epochs_text(most_epochs: int) -> str:
    """What ``max_iter`` is, where "auto" makes at most so many epochs."""
    return (
        "The largest number of epochs. Training often runs for all of them, without "
        f'a warning. "auto": the number of epochs that make {AUTO_UPDATES:,} updates '
        "of the weights (one update per batch), but at least "
        f"{FEWEST_EPOCHS} and at most {most_epochs}."
    )


CLASS_WEIGHT = {
    "class_weight": Parameter(
        None,
        [p.NONE, p.MAPPING, p.MAPPINGS, p.one_of("balanced")],
        "Weights of the classes in the loss, by label; labels that do not occur in y "
        'are ignored. "balanced" gives all classes the same total weight. For rows '
        "of 0 and 1 (several labels), a dict has the weights of the labels' 1s, a "
        'list has one dict {0: ..., 1: ...} for each label, and "balanced" gives the '
        "0s and the 1s of each label the same total weight.",
    )
}
TRAINING = {
    "solver": Parameter("adam", [p.one_of(*OPTIMIZERS)], "The optimizer."),
    "alpha": Parameter(
        0.0,
        [p.real(0)],
        "L2 penalty: alpha / 2 times the sum of squared weights (without biases) is "
        "added to the sum of all losses, as in Ridge, whatever the batch size. With "
        '"adamw" it is decoupled weight decay: each update subtracts ``learning_rate '
        "* alpha`` times the weight. Both include all rows of an embedding, if it is "
        "trained.",
    ),
    "batch_size": Parameter(
        "auto",
        [p.one_of("auto"), p.integer(1)],
        f'Number of sequences in a batch; "auto" is {AUTO_BATCH_SIZE}, or '
        f"{SMALL_BATCH_SIZE} for fewer than {MANY_SEQUENCES:,} sequences.",
    ),
    "learning_rate": Parameter(
        "cosine",
        [p.one_of(*SCHEDULES), p.CALLABLE],
        "Schedule of the learning rate, or a function that takes the number of an "
        'epoch, from 1, and returns the factor of ``learning_rate_init``. "adaptive" '
        "divides the rate by 5 whenever ``n_iter_no_change`` epochs brought no "
        'improvement of ``tol``. "cosine", "one_cycle" and functions are planned '
        "over ``max_iter`` epochs, and without a validation set training runs for "
        'all of them; in ``partial_fit`` "cosine" and "one_cycle" are "constant".',
    ),
    "learning_rate_init": Parameter(
        0.005, [p.real(0, low_open=True)], "The (highest) learning rate."
    ),
    "power_t": Parameter(0.5, [p.real(0)], 'Exponent of "invscaling".'),
    "max_iter": Parameter(
        "auto", [p.one_of("auto"), p.integer(1)], epochs_text(MOST_EPOCHS)
    ),
    "clip_norm": Parameter(
        5.0,
        [p.NONE, p.real(0, low_open=True)],
        "If the gradient of a batch, over all parameters, has a larger norm, it is "
        "scaled down to this norm. None: no clipping.",
    ),
    "ema_decay": Parameter(
        0.0,
        [p.real(0, 1)],
        "Decay of an exponential moving average of the weights (EMA; Polyak & "
        "Juditsky, 1992), updated after every update of the weights. The fitted "
        "network uses the average, and early stopping watches it; training itself "
        "does not depend on it. 0.99 averages about the last 100 updates. 0: no "
        "average.",
    ),
    "shuffle": Parameter(
        True,
        [p.BOOLEAN],
        "Whether to draw new random batches (of sequences of similar lengths) in "
        "each epoch.",
    ),
    "tol": Parameter(
        1e-4,
        [p.real(0)],
        "The smallest change of the loss, or of the validation score, that counts as "
        "an improvement.",
    ),
    "n_iter_no_change": Parameter(
        10,
        [p.integer(1)],
        "Number of epochs without improvement after which training stops; with "
        'learning_rate="adaptive" the rate is divided by 5 instead, and training stops '
        "where it would be less than 1e-6.",
    ),
    "early_stopping": Parameter(
        False,
        [p.BOOLEAN],
        "Whether to watch the score on a held-out part of the training data, and "
        "keep the weights of the best epoch.",
    ),
    "validation_fraction": Parameter(
        0.1,
        [p.real(0, 1, low_open=True), p.SPLIT],
        "The fraction of the training data that early stopping holds out; training "
        "keeps some sequences of each label. A splitter: its first split is used. An "
        "iterable of one pair (train, test) of indices, such as "
        "``[next(splitter.split(X, y, groups))]``: this split is used.",
    ),
    "scoring": Parameter(
        None,
        [p.NONE, p.SCORER_NAME, p.CALLABLE],
        "The score that early stopping watches, as in scikit-learn's ``scoring``. "
        "None: ``score``.",
    ),
    "momentum": Parameter(0.9, [p.real(0, 1)], 'Momentum of "sgd".'),
    "nesterovs_momentum": Parameter(
        True, [p.BOOLEAN], 'Whether "sgd" uses Nesterov\'s momentum.'
    ),
    "beta_1": Parameter(
        0.9,
        [p.real(0, 1)],
        'Decay of the mean of the gradient, for "adam" and "adamw".',
    ),
    "beta_2": Parameter(
        0.999,
        [p.real(0, 1)],
        'Decay of the mean of the squared gradient, for "adam", "adamw" and "rmsprop".',
    ),
    "epsilon": Parameter(
        1e-8,
        [p.real(0, low_open=True)],
        'Added to divisors to avoid division by zero, for "adam", "adamw" and '
        '"rmsprop".',
    ),
    "warm_start": Parameter(
        False, [p.BOOLEAN], "Whether ``fit`` continues from the current weights."
    ),
    "dtype": Parameter(
        "auto",
        [p.one_of("auto", "float32", "float64")],
        'Precision. "auto": float32 for tokens; for numbers the precision of X.',
    ),
    "engine": Parameter(
        "numpy",
        [p.one_of(*ENGINES)],
        'What runs the loops over steps. "numba": code that numba compiles at the '
        "first use on a machine, several times as fast for networks of up to 64 "
        'units; install it with ``pip install "sksequence[fast]"``. Results differ '
        'from those of "numpy" by rounding only.',
    ),
    "n_jobs": Parameter(
        None,
        [p.NONE, p.JOBS],
        "Number of threads in ``predict`` (at most two in ``fit``), if layers are "
        "wide enough to gain; None means 1, -1 all cores. Results do not depend on "
        'it, except for the last bits in ``fit`` with engine="numba".',
    ),
    "random_state": Parameter(
        None,
        [p.NONE, p.RANDOM_STATE],
        "Seed of start values, shuffling, dropout and the split of early stopping.",
    ),
    "verbose": Parameter(0, [p.VERBOSE], "Whether to print one line per epoch."),
}
# Where batches are shared by threads whenever that is faster.
SHARED_BATCHES = TRAINING | {
    "n_jobs": TRAINING["n_jobs"].but(
        text="Number of threads: None means 1, -1 all cores. With 2 or more, two "
        "threads share the batches of ``fit`` if layers are wide enough to gain; "
        "results may then differ in the last bits. ``predict`` uses one thread."
    )
}

# -- output that is tokens -------------------------------------------------------------

ENCODER = Parameter(
    None,
    [p.NONE, p.instance(TokenEncoder)],
    "Encoder from text to tokens, which is cloned and fitted. None: an encoder with "
    "the next four parameters.",
)
ANALYZER = TokenEncoder._parameters["analyzer"]
VOCABULARY = {
    name: TokenEncoder._parameters[name]
    for name in ("lowercase", "min_count", "max_tokens")
}
GENERATION = {
    "beam_size": Parameter(
        1,
        [p.integer(1)],
        "Number of beginnings that a search keeps at each length. 1 is greedy search.",
    ),
    "length_penalty": Parameter(
        None,
        [p.NONE, p.one_of("wu", "avg")],
        "How a search ranks outputs of different length. None: by log probability; "
        '"wu": by log probability divided by ((5 + length) / 6)^0.6 (Wu et al., '
        '2016); "avg": by log probability divided by length. The length includes the '
        "end token.",
    ),
    "min_length": Parameter(
        0,
        [p.integer(0)],
        "Smallest number of tokens of an output. An output is shorter if "
        "``no_repeat_ngram`` leaves no token to continue with.",
    ),
    "max_length": Parameter(
        "auto",
        [p.one_of("auto"), p.integer(0)],
        'Largest number of tokens of an output. "auto": twice the length of the '
        f"longest output in ``fit``, and at least {LEAST_MAX_LENGTH} and "
        "``min_length``.",
    ),
    "no_repeat_ngram": Parameter(
        None,
        [p.NONE, p.integer(1)],
        "With n, no sequence of n tokens occurs twice in an output.",
    ),
    "temperature": Parameter(
        1.0,
        [p.real(0)],
        "Temperature of ``sample``. Below 1, likely tokens are drawn more often than "
        "their probability; 0 always takes the most likely token.",
    ),
    "top_k": Parameter(
        None,
        [p.NONE, p.integer(1)],
        "``sample`` draws from the k most likely tokens only.",
    ),
    "top_p": Parameter(
        None,
        [p.NONE, p.PORTION],
        "``sample`` draws only from the smallest set of tokens that together have "
        "this probability.",
    ),
    "allow_unk": Parameter(
        False, [p.BOOLEAN], "Whether outputs may contain ``unk_token``."
    ),
}

# -- attributes ------------------------------------------------------------------------


def scoring_of_steps(scorers: str) -> dict[str, Parameter]:
    """The scoring of estimators of steps; scikit-learn's names want one target each.

    Parameters
    ----------
    scorers : str
        Which there are, for errors.
    """
    return {
        "scoring": TRAINING["scoring"].but(
            expected=[p.NONE, p.Expected(scorers, callable, "callable")],
            text="The score that early stopping watches: ``(estimator, X, y) -> "
            "float``, such as the scorers of ``sksequence.metrics``. None: ``score``.",
        )
    }


FITTED = [
    """\
theta_ : ndarray of shape (n_parameters,)
    All parameters in one vector; ``params_`` has views of them by name.
architecture_ : dict
    Settings of the network.
n_iter_ : int
    Number of epochs trained.
loss_, best_loss_ : float
    The loss in the last epoch, and the lowest one: the weighted mean of all losses,
    plus the penalty. The part of each batch is computed before its update.
loss_curve_ : list of float
    The loss in each epoch.
validation_scores_ : list of float, or None
    The score that early stopping watches, by epoch; NaN if it is not defined. If
    training continues and the weights at its start have another score than the best
    one before, as on other data, their score is the first entry.
best_validation_score_ : float, or None
    The highest validation score, which belongs to the weights that are kept.
history_ : list of dict
    One dict per epoch: epoch, loss, gradient_norm and max_gradient_norm (mean and
    maximum over the batches, before clipping), n_batches, n_clipped (number of batches
    whose gradient was clipped), learning_rate, seconds, sequences_per_second,
    steps_per_second, validation_score. The times are not pickled."""
]
STEPS_IN = [
    """\
n_features_in_ : int
    Number of features of a step; for a 2-D array or a data frame, its number of
    columns.
feature_names_in_ : ndarray of shape (`n_features_in_`,)
    Names of the features, if X had columns named by strings: a data frame, a list of
    data frames, or a RaggedArray made from them.
step_mean_, step_scale_ : ndarray of shape (n_features,)
    With ``standardize``: weighted mean and scale of the features over all steps of the
    first fit, views into ``theta_``.
static_mean_, static_scale_ : ndarray of shape (n_static,)
    The same for the static numbers, if X had some: over the sequences, or, where they
    stand beside each step, over the steps."""
]
