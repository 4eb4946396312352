"""Layers, pooling, attention, heads and losses, and the networks made of them.

A network is a list of layers over packed rows, and a head: the last layer with its loss
and its predictions. All parameters are one flat vector.

A layer has ``shapes()``, ``init(params, rng)``, ``forward(params, X, steps, rng=None,
**memory)`` -> (Y, tape) and ``backward(params, grads, dY, tape, need_dX)`` -> dX. No
layer keeps anything between calls; ``rng=None`` means inference. Only recurrent layers
know that rows follow one another in time, and only they need much ``memory``:
``need_tape=False`` where no backward pass follows, ``workspace`` to reuse arrays.
"""

from ._attention import SCORES, Attention, Grid
from ._batch import Batch
from ._build import HEADS, build_network
from ._crf import CRFHead, LinearChain
from ._encoder_decoder import DecoderStepper, EncoderDecoder, build_encoder_decoder
from ._heads import Head, LinearHead
from ._layers import ACTIVATIONS, Dense, Dropout, Embedding, Layer
from ._losses import LOSSES, Loss
from ._network import Network
from ._parameters import Gradients, Layout, RowGradient
from ._pooling import POOLINGS, Pooling
from ._recurrent import Bidirectional, Recurrent, scope
from ._stepper import Stepper
from ._vocabulary import Proposal, VocabularyHead

__all__ = [
    "ACTIVATIONS",
    "HEADS",
    "LOSSES",
    "POOLINGS",
    "SCORES",
    "Attention",
    "Batch",
    "Bidirectional",
    "CRFHead",
    "DecoderStepper",
    "Dense",
    "Dropout",
    "Embedding",
    "EncoderDecoder",
    "Gradients",
    "Grid",
    "Head",
    "Layer",
    "Layout",
    "LinearChain",
    "LinearHead",
    "Loss",
    "Network",
    "Pooling",
    "Proposal",
    "Recurrent",
    "RowGradient",
    "Stepper",
    "VocabularyHead",
    "build_encoder_decoder",
    "build_network",
    "scope",
]
