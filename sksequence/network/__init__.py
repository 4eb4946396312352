"""Layers, pooling, attention, heads and losses, and the networks made of them.

A network is a list of layers over packed rows, and a head: the last layer with its loss
and its predictions. All parameters are one flat vector.

A layer has ``shapes()``, ``init(params, rng)``, ``forward(params, X, steps, rng=None,
**options)`` -> (Y, tape) and ``backward(params, grads, dY, tape, need_dX)`` -> dX. No
layer keeps anything between calls; ``rng=None`` means inference. Only recurrent layers
know that rows follow one another in time, and only they and heads use the options:
``need_tape=False`` where no backward pass follows, ``workspace`` to reuse arrays,
``worker`` for a second thread.
"""

from __future__ import annotations

from ._attention import SCORES, Attention, Grid
from ._base import Composite, Layer, Module, scope
from ._batch import Batch
from ._build import HEADS, build_encoder_decoder, build_network
from ._crf import CRFHead, LinearChain
from ._decoder import Bridge, Decoder
from ._decoder_stepper import DecoderStepper
from ._encoder_decoder import EncoderDecoder
from ._heads import Head, LinearHead
from ._layers import ACTIVATIONS, Dense, Dropout, Embedding, Standardize
from ._loss_table import LOSSES, loss_of, smoothed
from ._losses import Loss
from ._model import Model
from ._network import Network
from ._network_stepper import NetworkStepper
from ._number_losses import NumberLoss, QuantileLoss
from ._parameters import Gradients, Layout, RowGradient
from ._pooling import POOLINGS, AttentionPooling, ConcatPooling, Pooling, PoolingLayer
from ._prefixes import PrefixPooling, with_prefixes
from ._recurrent import Bidirectional, Recurrent
from ._stack import Stack
from ._static import JoinStatic
from ._stepper import RecurrentStepper, Stepper
from ._vocabulary import NoiseDistribution, VocabularyHead
from ._weights_copy import WEIGHTS, WeightsCopy

__all__ = [
    "ACTIVATIONS",
    "HEADS",
    "LOSSES",
    "POOLINGS",
    "SCORES",
    "WEIGHTS",
    "Attention",
    "AttentionPooling",
    "Batch",
    "Bidirectional",
    "Bridge",
    "CRFHead",
    "Composite",
    "ConcatPooling",
    "Decoder",
    "DecoderStepper",
    "Dense",
    "Dropout",
    "Embedding",
    "EncoderDecoder",
    "Gradients",
    "Grid",
    "Head",
    "JoinStatic",
    "Layer",
    "Layout",
    "LinearChain",
    "LinearHead",
    "Loss",
    "Model",
    "Module",
    "Network",
    "NetworkStepper",
    "NoiseDistribution",
    "NumberLoss",
    "Pooling",
    "PoolingLayer",
    "PrefixPooling",
    "QuantileLoss",
    "Recurrent",
    "RecurrentStepper",
    "RowGradient",
    "Stack",
    "Standardize",
    "Stepper",
    "VocabularyHead",
    "WeightsCopy",
    "build_encoder_decoder",
    "build_network",
    "loss_of",
    "scope",
    "smoothed",
    "with_prefixes",
]
