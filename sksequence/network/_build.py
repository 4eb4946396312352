"""From the settings of an estimator to a network."""

from ..cells import CELLS, Cell
from ._crf import CRFHead
from ._heads import LinearHead
from ._layers import Dense, Dropout, Embedding
from ._network import Network
from ._pooling import Pooling
from ._recurrent import Bidirectional, Recurrent
from ._vocabulary import VocabularyHead

# name: class of heads, whose first arguments are n_in and n_outputs
HEADS = {"linear": LinearHead, "crf": CRFHead, "vocabulary": VocabularyHead}


def recurrent_stack(
    *,
    n_features,
    hidden_layer_sizes,
    cell="lstm",
    bidirectional=False,
    embedding_dim=None,
    embedding_trainable=True,
    embedding_rows=True,
    dropout=0.0,
    input_dropout=None,
    recurrent_dropout=0.0,
    sparse_input=False,
):
    """Embedding, recurrent layers, and dropout between them.

    Parameters
    ----------
    n_features : int
        Width of a step, or the number of tokens with ``embedding_dim``.
    embedding_rows : bool
        Whether the gradient of the embedding is that of some rows.
    input_dropout : float or None
        On the embedding. None: as ``dropout``.
    sparse_input : bool
        Whether the steps are CSR rows.
    **others
        As in the estimators.

    Returns
    -------
    layers : dict of str -> Layer
        "embedding", "rnn0", "rnn1", ...
    width : int
        Of what comes out.
    """
    if not isinstance(cell, Cell):
        cell = CELLS[cell]
    layers, width = {}, n_features
    if embedding_dim is not None:
        layers["embedding"] = Embedding(
            n_features, embedding_dim, embedding_trainable, embedding_rows
        )
        width, sparse_input = embedding_dim, False
    for k, n_units in enumerate(hidden_layer_sizes):
        if layers:  # between layers: never on the raw input
            rate = input_dropout if k == 0 and input_dropout is not None else dropout
            add_dropout(layers, f"rnn{k}", rate)
        settings = (cell, width, n_units, recurrent_dropout, sparse_input and k == 0)
        layer = Recurrent(*settings)
        if bidirectional:
            layer = Bidirectional(layer, Recurrent(*settings))
        layers[f"rnn{k}"] = layer
        width = n_units * (1 + bidirectional)
    return layers, width


def add_dropout(layers, above, rate):
    """Put dropout below the layer of a name, if there is any."""
    if rate:
        layers[f"dropout_{above}"] = Dropout(rate)


def build_network(
    *,
    n_features,
    n_outputs,
    hidden_layer_sizes,
    head=("linear", {"loss": "softmax"}),
    pooling=None,
    dense_layer_sizes=(),
    dense_activation="relu",
    bidirectional=False,
    dropout=0.0,
    output_dropout=None,
    **stack,
):
    """Stack embedding, recurrent layers, dense layers, pooling and a head.

    Parameters
    ----------
    n_features : int
        Width of a step, or the number of tokens with ``embedding_dim``.
    n_outputs : int
    head : (str or class, dict)
        A name in ``HEADS``, or a head of your own, and its options.
    pooling : {"last", "mean", "max"} or None
        None gives one output a step. "last" pools below the dense layers, which is the
        same and cheaper, and says which direction ends where.
    output_dropout : float or None
        Below the head. None: as ``dropout``.
    **stack
        See ``recurrent_stack``; others as in the estimators.

    Returns
    -------
    Network
        With layers "embedding", "rnn0", "rnn1", ..., "dense0", ..., and the head
        "output".
    """
    kind, options = head
    layers, width = recurrent_stack(
        n_features=n_features,
        hidden_layer_sizes=hidden_layer_sizes,
        bidirectional=bidirectional,
        dropout=dropout,
        # The gradient of an embedding that is all of the output's weights is dense.
        embedding_rows=bool(options.get("n_sampled") or not options.get("tied")),
        **stack,
    )
    if pooling == "last":
        layers["pooling"] = Pooling("last", n_backward=bidirectional * width // 2)
    for k, n_units in enumerate(dense_layer_sizes):
        add_dropout(layers, f"dense{k}", dropout)
        layers[f"dense{k}"] = Dense(width, n_units, dense_activation)
        width = n_units
    if pooling in ("mean", "max"):
        layers["pooling"] = Pooling(pooling)
    add_dropout(layers, "output", dropout if output_dropout is None else output_dropout)
    layers["output"] = HEADS.get(kind, kind)(width, n_outputs, **options)
    return Network(layers)
