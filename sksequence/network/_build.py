"""From the settings of an estimator to a network."""

from ..cells import CELLS, Cell
from ._crf import LinearChain
from ._layers import Dense, Dropout, Embedding
from ._network import Network
from ._pooling import Pooling
from ._recurrent import Bidirectional, Recurrent
from ._vocabulary import VocabularySoftmax


def build_network(
    *,
    n_features,
    n_outputs,
    hidden_layer_sizes,
    cell="lstm",
    bidirectional=False,
    dense_layer_sizes=(),
    dense_activation="relu",
    embedding_dim=None,
    embedding_trainable=True,
    dropout=0.0,
    recurrent_dropout=0.0,
    pooling=None,
    sparse_input=False,
    crf=False,
    forbidden=(),
    vocabulary=False,
    tied=False,
    sampled=False,
    input_dropout=None,
    output_dropout=None,
):
    """Stack embedding, recurrent layers, dense layers, pooling and output.

    Parameters
    ----------
    n_features : int
        Width of a step, or the number of tokens with ``embedding_dim``.
    n_outputs : int
    pooling : {"last", "mean", "max"} or None
        None gives one output a step. "last" pools below the dense layers, which is the
        same and cheaper, and says which direction ends where.
    sparse_input : bool
        Whether the steps are CSR rows.
    crf : bool
        Whether transitions between the labels of neighbouring steps are learnt.
    forbidden : sequence of (int, int)
        See ``LinearChain``.
    vocabulary : bool
        Whether the outputs are the tokens of a language model.
    tied, sampled : bool
        See ``VocabularySoftmax``.
    input_dropout, output_dropout : float or None
        On the embedding, and below the output. None: as ``dropout``.
    **others
        As in the estimators.

    Returns
    -------
    Network
        With layers "embedding", "rnn0", "rnn1", ..., "dense0", ..., "output"
        (and "crf").
    """
    if not isinstance(cell, Cell):
        cell = CELLS[cell]
    layers = {}
    width = n_features
    if embedding_dim is not None:
        layers["embedding"] = Embedding(
            n_features, embedding_dim, embedding_trainable, rows=sampled or not tied
        )
        width, sparse_input = embedding_dim, False

    def drop(above, rate=None):
        rate = dropout if rate is None else rate
        if rate and layers:  # between layers: never on the raw input
            layers[f"dropout_{above}"] = Dropout(rate)

    for k, n_units in enumerate(hidden_layer_sizes):
        drop(f"rnn{k}", input_dropout if k == 0 else None)
        settings = (cell, width, n_units, recurrent_dropout, sparse_input and k == 0)
        layer = Recurrent(*settings)
        if bidirectional:
            layer = Bidirectional(layer, Recurrent(*settings))
        layers[f"rnn{k}"] = layer
        width = n_units * (1 + bidirectional)
    if pooling == "last":
        layers["pooling"] = Pooling("last", n_backward=bidirectional * width // 2)
    for k, n_units in enumerate(dense_layer_sizes):
        drop(f"dense{k}")
        layers[f"dense{k}"] = Dense(width, n_units, dense_activation)
        width = n_units
    if pooling in ("mean", "max"):
        layers["pooling"] = Pooling(pooling)
    drop("output", output_dropout)
    if vocabulary:
        layers["output"] = VocabularySoftmax(width, n_outputs, tied, sampled)
    else:
        layers["output"] = Dense(width, n_outputs)
    if crf:
        layers["crf"] = LinearChain(n_outputs, forbidden)
    return Network(layers)
