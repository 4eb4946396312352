"""From the settings of an estimator to a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from ..cells import CELLS, Cell, EngineName, with_engine
from ._attention import Attention
from ._crf import CRFHead
from ._decoder import Bridge, Decoder
from ._encoder_decoder import EncoderDecoder
from ._heads import Head, LinearHead
from ._layers import Dense, Dropout, Embedding, Standardize
from ._network import Network
from ._pooling import POOL_STATES, Pooling, make_pooling
from ._recurrent import Bidirectional, Recurrent
from ._stack import Stack
from ._static import JoinStatic
from ._vocabulary import VocabularyHead

# name: class of heads, whose first arguments are n_in and n_outputs
HEADS: dict[str, Callable[..., Head]] = {
    "linear": LinearHead,
    "crf": CRFHead,
    "vocabulary": VocabularyHead,
}


def embedding_layers(
    n_tokens, embedding_dim, dropout, trainable=True, rows=True, scale=None
):
    """An embedding, and dropout on it.

    Parameters
    ----------
    n_tokens, embedding_dim : int
    dropout : float
    trainable, rows, scale
        See ``Embedding``.

    Returns
    -------
    dict of str -> Layer
    """
    layers = {"embedding": Embedding(n_tokens, embedding_dim, trainable, rows, scale)}
    add_dropout(layers, "rnn0", dropout)
    return layers


def recurrent_layers(
    *,
    width,
    hidden_layer_sizes,
    cell="lstm",
    bidirectional=False,
    dropout=0.0,
    recurrent_dropout=0.0,
    sparse_input=False,
    engine="numpy",
):
    """Recurrent layers, and dropout between them: never on what goes in.

    Parameters
    ----------
    width : int
        Of what goes in.
    sparse_input : bool, default=False
        Whether the steps are CSR rows.
    engine : {"numpy", "numba"}, default="numpy"
        Who runs the loops over steps.
    **others
        As in the estimators.

    Returns
    -------
    layers : dict of str -> Layer
        "rnn0", "rnn1", ...
    width : int
        Of what comes out.
    """
    cell = with_engine(cell if isinstance(cell, Cell) else CELLS[cell], engine)
    layers = {}
    for k, n_units in enumerate(hidden_layer_sizes):
        if layers:
            add_dropout(layers, f"rnn{k}", dropout)
        settings = (cell, width, n_units, recurrent_dropout, sparse_input and k == 0)
        layer = Recurrent(*settings)
        if bidirectional:
            layer = Bidirectional(layer, Recurrent(*settings))
        layers[f"rnn{k}"] = layer
        width = n_units * (1 + bidirectional)
    return layers, width


def recurrent_stack(
    *,
    n_features,
    embedding_dim=None,
    embedding_trainable=True,
    embedding_rows=True,
    embedding_scale=None,
    dropout=0.0,
    input_dropout=None,
    standardize=False,
    sparse_input=False,
    **recurrent,
):
    """An embedding, or standardized steps, and recurrent layers.

    Parameters
    ----------
    n_features : int
        Width of a step, or the number of tokens with ``embedding_dim``.
    embedding_rows, embedding_scale
        See ``Embedding``.
    input_dropout : float, default=None
        On the embedding. None: as ``dropout``.
    standardize : bool, default=False
        Whether a layer that standardizes the steps comes first.
    **recurrent
        See ``recurrent_layers``; others as in the estimators.

    Returns
    -------
    layers : dict of str -> Layer
        "embedding" or "standardize", "rnn0", "rnn1", ...
    width : int
        Of what comes out.
    """
    layers, width = {}, n_features
    if standardize:
        layers["standardize"] = Standardize(n_features, sparse_input)
    if embedding_dim is not None:
        layers = embedding_layers(
            n_features,
            embedding_dim,
            dropout if input_dropout is None else input_dropout,
            embedding_trainable,
            embedding_rows,
            embedding_scale,
        )
        width, sparse_input = embedding_dim, False
    above, width = recurrent_layers(
        width=width, dropout=dropout, sparse_input=sparse_input, **recurrent
    )
    return layers | above, width


def add_dropout(layers, above, rate):
    """Put dropout below the layer of a name, if there is any."""
    if rate:
        layers[f"dropout_{above}"] = Dropout(rate)


def build_network(
    *,
    n_features: int,
    n_static: int = 0,
    n_outputs: int,
    hidden_layer_sizes: Sequence[int],
    head: tuple[str | Callable[..., Head], dict[str, Any]] = (
        "linear",
        {"loss": "softmax"},
    ),
    pooling: Literal["last", "mean", "max", "concat", "attention"] | None = None,
    dense_layer_sizes: Sequence[int] = (),
    dense_activation: Literal["identity", "relu", "tanh", "logistic"] = "relu",
    bidirectional: bool = False,
    dropout: float = 0.0,
    output_dropout: float | None = None,
    standardize_static: bool = False,
    **stack: Any,
) -> Network:
    """Stack embedding, recurrent layers, dense layers, pooling and a head.

    Parameters
    ----------
    n_features : int
        Width of a step, or the number of tokens with ``embedding_dim``.
    n_static : int, default=0
        Numbers that are known of each sequence as a whole. They join what comes out of
        the recurrent layers, below the first dense layer, or else below the head.
    n_outputs : int
    hidden_layer_sizes, dense_layer_sizes, dense_activation, bidirectional, dropout
        As in the estimators.
    head : (str or class, dict), default=('linear', {'loss': 'softmax'})
        A name in ``HEADS``, or a head of your own, and its options.
    pooling : {"last", "mean", "max", "concat", "attention"}, default=None
        None gives one output a step. "last" and "concat" pool below the dense layers,
        and so take each direction where it ends.
    output_dropout : float, default=None
        Below the head. None: as ``dropout``.
    standardize_static : bool, default=False
        Whether static numbers are standardized.
    **stack
        ``cell``, ``embedding_dim``, ``embedding_trainable``, ``recurrent_dropout``,
        ``standardize``, ``engine``, as in the estimators; ``sparse_input``, whether the
        steps are CSR rows; ``input_dropout``, on the embedding; ``embedding_scale``,
        see ``Embedding``.

    Returns
    -------
    Network
        With layers "embedding", "rnn0", "rnn1", ..., "static", "dense0", ..., and the
        head "output".

    Examples
    --------
    >>> from sksequence.network import build_network
    >>> network = build_network(
    ...     n_features=3, n_outputs=2, hidden_layer_sizes=(4,), cell="gru",
    ...     pooling="last", dropout=0.1,
    ... )
    >>> list(network.layers)
    ['rnn0', 'pooling', 'dropout_output', 'output']
    >>> network.layout.shapes["rnn0.U"], network.layout.size
    ((4, 12), 106)
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
    if pooling in POOL_STATES:
        n_backward = bidirectional * width // 2
        layers["pooling"], width = make_pooling(pooling, width, n_backward)

    def join_static():  # above dropout, for it is none of what goes in
        if not n_static:
            return width
        layers["static"] = JoinStatic(n_static, standardize_static)
        return width + n_static

    for k, n_units in enumerate(dense_layer_sizes):
        add_dropout(layers, f"dense{k}", dropout)
        if k == 0:
            width = join_static()
        layers[f"dense{k}"] = Dense(width, n_units, dense_activation)
        width = n_units
    if pooling is not None and pooling not in POOL_STATES:
        layers["pooling"], width = make_pooling(pooling, width)
    add_dropout(layers, "output", dropout if output_dropout is None else output_dropout)
    if not dense_layer_sizes:
        width = join_static()
    head_class = HEADS[kind] if isinstance(kind, str) else kind
    layers["output"] = head_class(width, n_outputs, **options)
    return Network(layers)


def build_encoder_decoder(
    *,
    n_features: int,
    n_outputs: int,
    hidden_layer_sizes: Sequence[int],
    cell: str | Cell,
    embedding_dim: int,
    sparse_input: bool = False,
    encoder: dict[str, Any] | None = None,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    label_smoothing: float = 0.0,
    every_step: bool = False,
    attention: Literal["dot", "general", "additive"] | None = None,
    standardize: bool = False,
    engine: EngineName = "numpy",
) -> EncoderDecoder:
    """Put an encoder-decoder together.

    Parameters
    ----------
    n_features : int
        Width of a step of the input, or the number of its tokens. Without an encoder,
        the length of the vector from which the decoder starts; 0 for none.
    n_outputs : int
        Tokens of the output.
    hidden_layer_sizes, cell, dropout, recurrent_dropout
        As in the estimators, for encoder and decoder.
    label_smoothing : float, default=0.0
        See ``VocabularyHead``.
    embedding_dim : int
        Of the output's tokens.
    sparse_input : bool, default=False
        Whether the steps of the input, or the vectors, are CSR rows.
    encoder : dict, default=None
        ``bidirectional`` and ``embedding_dim`` (or None) of the recurrent layers that
        read the input. None: there are none.
    every_step : bool, default=False
        Whether the decoder also reads the vector, or the summary, at every step.
    attention : {"dot", "general", "additive"}, default=None
    standardize : bool, default=False
        Whether the steps of the input, or the vector, are standardized.
    engine : {"numpy", "numba"}, default="numpy"
        Who runs the loops over steps.

    Returns
    -------
    EncoderDecoder
    """
    parts: dict[str, Any] = {}
    n_context = n_features
    common = {
        "hidden_layer_sizes": hidden_layer_sizes,
        "cell": cell,
        "dropout": dropout,
        "recurrent_dropout": recurrent_dropout,
        "engine": engine,
    }
    if encoder is not None:
        layers, n_context = recurrent_stack(
            n_features=n_features,
            sparse_input=sparse_input,
            standardize=standardize,
            **encoder,
            **common,
        )
        parts["encoder"] = Stack(layers)
        n_backward = encoder["bidirectional"] * n_context // 2
        parts["pooling"] = Pooling("last", n_backward)
    elif standardize:
        parts["standardize"] = Standardize(n_features, sparse_input)
    layers, n_units = recurrent_layers(
        width=embedding_dim + every_step * n_context, **common
    )
    decoder = Decoder(embedding_layers(n_outputs, embedding_dim, dropout), layers)
    if n_context:
        sparse_context = sparse_input and encoder is None
        parts["bridge"] = Bridge(n_context, decoder.recurrent_layers, sparse_context)
    if attention is not None:
        parts["attention"] = Attention(attention, n_units, n_context)
    if dropout:
        parts["dropout"] = Dropout(dropout)
    head = VocabularyHead(n_units, n_outputs, label_smoothing=label_smoothing)
    return EncoderDecoder(decoder, head, every_step=every_step, **parts)
