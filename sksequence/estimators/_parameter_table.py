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
        "Units of each stacked recurrent layer; (64, 64, 64) is a deep RNN of three.",
    ),
    "cell": Parameter(
        "gru",
        [p.one_of(*CELLS, note=WHICH_RNN), p.instance(Cell)],
        'What the recurrent layers are made of. "rnn" is the tanh RNN, "rnn_relu" the '
        "relu one. An instance of a class derived from "
        ":class:`sksequence.cells.Cell` has options of its own.",
    ),
}
BIDIRECTIONAL = {
    "bidirectional": Parameter(
        True,
        [p.BOOLEAN],
        "Whether every recurrent layer also reads the sequences backwards.",
    )
}
POOLING = {
    "pooling": Parameter(
        "max",
        [p.one_of(*POOLINGS)],
        'How the states at all steps become one. Bidirectional "last" joins the last '
        "state of the forward direction with the first-step state of the backward one. "
        '"concat" puts last, mean and maximum side by side. "attention" is a mean with '
        "weights that are learnt: softmax over the steps of tanh(h W + b) v.",
    )
}
DENSE = {
    "dense_layer_sizes": Parameter(
        (),
        [p.sizes(empty=True)],
        "Layers stacked only upwards, at every step, above the recurrent ones.",
    ),
    "dense_activation": Parameter(
        "relu",
        [p.one_of(*ACTIVATIONS)],
        "Of the dense layers, and of nothing else: that of the recurrent ones is said "
        "by ``cell``.",
    ),
}
EMBEDDING = {
    "embedding_dim": Parameter(
        None,
        [p.NONE, p.integer(1)],
        "Set it when steps are token ids (or sparse bags of tokens): the length of the "
        "vector that stands for a token.",
    ),
    "n_tokens": Parameter(
        None,
        [p.NONE, p.integer(1)],
        "Size of the vocabulary. None: one more than the largest id in ``fit``. Set it "
        "where cross-validation may hold out a token altogether.",
    ),
    "embedding_init": Parameter(
        None,
        [p.NONE, p.MAPPING, p.ARRAY],
        "Vectors learnt elsewhere: an array of shape (n_tokens, embedding_dim) for all "
        "tokens, or a dict by token id.",
    ),
    "embedding_trainable": Parameter(
        True, [p.BOOLEAN], "Whether training changes the embedding."
    ),
    "token_dropout": Parameter(
        1.0,
        [p.real(0)],
        "So that the vector of unknown tokens is trained too: in each epoch, a token "
        "that occurs n times is replaced, with probability token_dropout / "
        "(token_dropout + n) (Kiperwasser & Goldberg, 2016), by the first of the "
        "n_tokens ids that X does not hold, as that of TokenEncoder's ``unk_token`` "
        "is. Where X holds them all, or with ``embedding_init``, nothing is replaced.",
    ),
}
# Of tokens that the estimator itself makes of text.
TOKEN_EMBEDDING = {
    "embedding_dim": Parameter(
        64, [p.integer(1)], "Length of the vector that stands for a token."
    )
}
STANDARDIZE = {
    "standardize": Parameter(
        True,
        [p.BOOLEAN],
        "Whether each feature of the steps is centred and scaled, inside, by its mean "
        "and standard deviation over all steps of the first fit, so that units and "
        "offsets do not matter. Sparse steps are scaled only, by the greatest absolute "
        "value. It does not concern token ids. Static numbers are standardised too.",
    )
}
DROPOUT = {
    "dropout": Parameter(
        0.0,
        [p.real(0, 1)],
        "Between layers, one mask a sequence, kept over its steps (variational). The "
        "input itself is never dropped, but an embedding's output is.",
    ),
    "recurrent_dropout": Parameter(
        0.0,
        [p.real(0, 1)],
        "On the state where it enters the gates, one mask a sequence.",
    ),
}
# Of those that predict labels.
LABEL_DROPOUT = DROPOUT | {"dropout": DROPOUT["dropout"].but(default=0.3)}

LABEL_SMOOTHING = {
    "label_smoothing": Parameter(
        0.0,
        [p.real(0, 1)],
        "In training, the fraction of each target that goes to all alike (Szegedy et "
        "al., 2016). It makes for better ``predict``, less so for probabilities.",
    )
}

# Of those that predict numbers.
NUMBERS = {
    "loss": Parameter(
        "squared_error",
        [p.one_of(*NUMBER_LOSSES)],
        'What training makes small. "squared_error" is for the mean; "absolute_error" '
        'for the median; "huber" for the middle of what is not far off; "quantile" for '
        'the quantile that ``quantile`` says; "poisson" for the mean of counts and '
        "rates, which is then never negative (the network gives its logarithm).",
    ),
    "quantile": Parameter(
        0.5,
        [p.real(0, 1, low_open=True)],
        'For loss="quantile": the part of the targets that is to lie below what is '
        "predicted.",
    ),
}

# -- training --------------------------------------------------------------------------


def epochs_text(most_epochs: int) -> str:
    """What ``max_iter`` is, where "auto" makes at most so many epochs."""
    return (
        "Epochs, at most. Reaching it is usual and gives no warning. "
        f'"auto": as many as make {AUTO_UPDATES:,} updates of the weights, one for '
        f"each batch, but at least {FEWEST_EPOCHS} and at most {most_epochs}."
    )


CLASS_WEIGHT = {
    "class_weight": Parameter(
        None,
        [p.NONE, p.MAPPING, p.MAPPINGS, p.one_of("balanced")],
        "Weights of the classes in the loss, by label; labels that y lacks do not "
        'matter. "balanced": so that all classes weigh the same. For rows of 0 and 1 '
        "(several labels) a dict has the weight of a label's 1s, a list one dict "
        '{0: ..., 1: ...} for each label, and "balanced" lets the 0s and the 1s of a '
        "label weigh the same.",
    )
}
TRAINING = {
    "solver": Parameter("adam", [p.one_of(*OPTIMIZERS)], "The optimiser."),
    "alpha": Parameter(
        0.0,
        [p.real(0)],
        "L2 penalty: alpha / 2 times the sum of squared weights (biases excepted) "
        "stands beside the sum of all losses, as in Ridge, whatever the batches. With "
        '"adamw" it is the decoupled weight decay: an update takes '
        "``learning_rate * alpha`` of each weight. Both reach all rows of an "
        "embedding.",
    ),
    "batch_size": Parameter(
        "auto",
        [p.one_of("auto"), p.integer(1)],
        f'Sequences a batch; "auto" is {AUTO_BATCH_SIZE}, or {SMALL_BATCH_SIZE} where '
        f"there are fewer than {MANY_SEQUENCES:,} of them.",
    ),
    "learning_rate": Parameter(
        "cosine",
        [p.one_of(*SCHEDULES), p.CALLABLE],
        "Schedule of the learning rate, or a function that takes the number of an "
        "epoch, from 1, and gives the factor of ``learning_rate_init``. "
        '"adaptive" divides it by 5 whenever ``n_iter_no_change`` epochs brought no '
        'improvement of ``tol``. "cosine", "one_cycle" and functions are plans for '
        "``max_iter`` epochs, and without a validation set run them all; in "
        '``partial_fit`` "cosine" and "one_cycle" are "constant".',
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
        "A batch's gradients with a greater norm, over all parameters, are scaled down "
        "to it. None: they are left as they are.",
    ),
    "ema_decay": Parameter(
        0.0,
        [p.real(0, 1)],
        "Decay of an exponential moving average of the weights (EMA; Polyak & "
        "Juditsky, 1992), taken after every update. The average is what the fitted "
        "network has, and what early stopping watches; training itself goes on from "
        "the weights without it. 0.99 is about the last 100 updates. 0: no average.",
    ),
    "shuffle": Parameter(
        True,
        [p.BOOLEAN],
        "Whether to draw batches at random (of similar lengths) in each epoch.",
    ),
    "tol": Parameter(
        1e-4,
        [p.real(0)],
        "Improvement of the loss, or of the validation score, that counts as one.",
    ),
    "n_iter_no_change": Parameter(
        10,
        [p.integer(1)],
        "Epochs without improvement after which training stops.",
    ),
    "early_stopping": Parameter(
        False,
        [p.BOOLEAN],
        "Whether to watch the score on a part of the training data that is left out, "
        "and keep the weights of the best epoch.",
    ),
    "validation_fraction": Parameter(
        0.1,
        [p.real(0, 1, low_open=True), p.SPLIT],
        "The fraction of the training data that early stopping leaves out, drawn such "
        "that no label is left out altogether. Of a splitter, as of cross-validation, "
        "the first split is taken; an iterable of one pair (train, test) of indices, "
        "such as ``[next(splitter.split(X, y, groups))]``, is the split.",
    ),
    "scoring": Parameter(
        None,
        [p.NONE, p.SCORER_NAME, p.CALLABLE],
        "The score that early stopping watches, as in scikit-learn's ``scoring``. "
        "None: as ``score``.",
    ),
    "momentum": Parameter(0.9, [p.real(0, 1)], 'For "sgd".'),
    "nesterovs_momentum": Parameter(True, [p.BOOLEAN], 'For "sgd".'),
    "beta_1": Parameter(
        0.9,
        [p.real(0, 1)],
        'Decay of the mean of the gradient, for "adam" and "adamw".',
    ),
    "beta_2": Parameter(
        0.999,
        [p.real(0, 1)],
        'Decay of the mean of its square, for "adam", "adamw" and "rmsprop".',
    ),
    "epsilon": Parameter(
        1e-8,
        [p.real(0, low_open=True)],
        'Keeps divisors from zero, for "adam", "adamw" and "rmsprop".',
    ),
    "warm_start": Parameter(
        False, [p.BOOLEAN], "Whether ``fit`` goes on from the weights there are."
    ),
    "dtype": Parameter(
        "auto",
        [p.one_of("auto", "float32", "float64")],
        'Precision. "auto": float32 for tokens; floats keep their own precision.',
    ),
    "engine": Parameter(
        "numpy",
        [p.one_of(*ENGINES)],
        'Who runs the loops over steps. "numba": code that numba compiles at the first '
        "use on a machine, several times as fast for networks of up to 64 units; it is "
        "installed with ``pip install sksequence[fast]``. Results differ from those of "
        '"numpy" by rounding only.',
    ),
    "n_jobs": Parameter(
        None,
        [p.NONE, p.JOBS],
        "Threads that may work in ``predict`` (and two in ``fit``) where layers are "
        "wide enough to gain; None means 1, -1 all cores. Results do not depend on it "
        'but for the last bits with engine="numba".',
    ),
    "random_state": Parameter(
        None,
        [p.NONE, p.RANDOM_STATE],
        "Start values, shuffling, dropout and the split of early stopping.",
    ),
    "verbose": Parameter(0, [p.VERBOSE], "Whether to print a line an epoch."),
}
# Where batches are shared by threads whenever that is faster.
SHARED_BATCHES = TRAINING | {
    "n_jobs": TRAINING["n_jobs"].but(
        text="Threads: None means 1, -1 all cores. With 2 or more, two share the "
        "batches of ``fit`` where layers are wide enough to gain; results may then "
        "differ in the last bits."
    )
}

# -- output that is tokens -------------------------------------------------------------

ENCODER = Parameter(
    None,
    [p.NONE, p.instance(TokenEncoder)],
    "From text to tokens; it is cloned and fitted. None: one with the four parameters "
    "that follow.",
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
        "Beginnings that a search keeps at each length. 1 is greedy search.",
    ),
    "length_penalty": Parameter(
        None,
        [p.NONE, p.one_of("wu", "avg")],
        "How a search ranks outputs of unlike length: by log probability, by that over "
        "((5 + length) / 6)^0.6 (Wu et al., 2016), or by that over the length, the end "
        "included.",
    ),
    "min_length": Parameter(
        0,
        [p.integer(0)],
        "Tokens that an output has at least. Where ``no_repeat_ngram`` leaves nothing "
        "to go on with, it is shorter.",
    ),
    "max_length": Parameter(
        "auto",
        [p.one_of("auto"), p.integer(0)],
        'Tokens that an output has at most. "auto": twice as many as the longest '
        f"output in ``fit`` has, and at least {LEAST_MAX_LENGTH}.",
    ),
    "no_repeat_ngram": Parameter(
        None,
        [p.NONE, p.integer(1)],
        "No such number of successive tokens occurs twice in an output.",
    ),
    "temperature": Parameter(
        1.0,
        [p.real(0)],
        "Below 1, ``sample`` draws likely tokens more often than their probability "
        "says; 0 always takes the most likely one.",
    ),
    "top_k": Parameter(
        None,
        [p.NONE, p.integer(1)],
        "``sample`` draws from the k most likely tokens only.",
    ),
    "top_p": Parameter(
        None,
        [p.NONE, p.PORTION],
        "``sample`` draws from the fewest tokens that together have this probability.",
    ),
    "allow_unk": Parameter(
        False, [p.BOOLEAN], "Whether outputs may hold ``unk_token``."
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
            "float``, such as the scorers of ``sksequence.metrics``. None: as "
            "``score``.",
        )
    }


FITTED = [
    """\
theta_ : ndarray of shape (n_parameters,)
    All parameters in one vector; ``params_`` gives views by name.
architecture_ : dict
    Settings of the network.
n_iter_ : int
    Epochs trained.
loss_, best_loss_ : float
    The loss in the last epoch, and the lowest one: the weighted mean of all losses,
    plus the penalty. Each batch's part is that of the weights before its update.
loss_curve_ : list of float
    The loss in each epoch.
validation_scores_ : list of float, or None
    The score on what early stopping watches, by epoch; NaN where it is not defined.
    Where training goes on and watches something else than before, the first is that of
    the weights it began with.
best_validation_score_ : float, or None
    The highest of them, that of the weights that are kept.
history_ : list of dict
    One an epoch: epoch, loss, gradient_norm and max_gradient_norm (mean and greatest
    over the batches, before clipping), n_batches, n_clipped (batches whose gradient
    was scaled down), learning_rate, seconds, sequences_per_second, steps_per_second,
    validation_score. What tells of time is not pickled."""
]
STEPS_IN = [
    """\
n_features_in_ : int
    Numbers a step; for a 2-D array or a data frame, its columns.
feature_names_in_ : ndarray of shape (`n_features_in_`,)
    Names of them; only if X had columns named by strings: a data frame, a list of data
    frames, or a RaggedArray made of them.
step_mean_, step_scale_ : ndarray of shape (n_features,)
    With ``standardize``: mean and scale of the features of all steps of the first fit,
    views into ``theta_``.
static_mean_, static_scale_ : ndarray of shape (n_static,)
    Likewise of the static numbers of all sequences, if X carried some."""
]
