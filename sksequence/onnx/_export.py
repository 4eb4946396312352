"""``to_onnx``: a fitted estimator as a model of ONNX."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .. import _parameters as p
from .._pipelines import does_nothing
from .._state import as_fitted
from .._version import __version__
from ..estimators import RNNLanguageModel
from ..preprocessing import ByIndex, TokenEncoder
from ._graph import Graph, import_onnx
from ._models import PREDICTORS, read_steps, read_text, read_whole
from ._outputs import Output
from ._transformers import check_transformers

if TYPE_CHECKING:
    from onnx import ModelProto

OLDEST_OPSET, OPSET = 15, 17


def to_onnx(
    estimator: BaseEstimator, *, step: bool = False, target_opset: int = OPSET
) -> ModelProto:
    """Export a fitted estimator as an ONNX model, which runs without Python.

    Parameters
    ----------
    estimator : RNNClassifier, RNNRegressor, RNNStepRegressor, RNNTagger, \
RNNLanguageModel, or Pipeline
        Fitted. A pipeline ends with one of them; the steps before it may be
        ``StackFrames``, ``Downsample``, ``ForwardFill``, ``ScaleEachSequence``, and
        ``PerStep`` around a transformer that skl2onnx can convert. A ``TokenEncoder``
        or a ``ByIndex`` as the first step is left out: the model then takes token ids,
        or sequences.
    step : bool, default=False
        Whether the model reads one step of each sequence at a time, like the method
        ``step`` of estimators, and predicts as if the sequences ended there. Only for
        networks of one direction without a CRF, and in pipelines only with ``PerStep``.
    target_opset : int, default=17
        The version of ONNX's operators, at least 15. Runtimes also read older versions.

    Returns
    -------
    model : onnx.ModelProto
        ``onnx.save(model, file)`` writes it, ``model.SerializeToString()`` returns its
        bytes. Its inputs are

        - ``X`` of shape (n_sequences, n_steps, n_features), or token ids (n_sequences,
          n_steps), int64. Sequences are padded to one length with any values, ids
          with any id;
        - ``lengths`` of shape (n_sequences,), int64: the number of steps of each, at
          least 1;
        - ``static`` of shape (n_sequences, n_static), if there were static numbers in
          ``fit``.

        Its outputs are (with an axis n_steps if there is one output per step)

        - of a classifier, or a tagger without CRF or constraints: ``label``
          (n_sequences,) and ``probabilities`` (n_sequences, n_classes);
        - of a tagger with ``decoder="crf"`` or ``constraints``: ``scores``
          (n_sequences, n_steps, n_classes) and ``transitions`` (n_classes + 1,
          n_classes + 1), from which a decoder finds the labels;
        - of a regressor: ``prediction`` (n_sequences,) or (n_sequences, n_outputs),
          float64, in the units of y.

        With ``step``, ``X`` is (n_sequences, n_features), or ids (n_sequences,). The
        states before the step are inputs in place of ``lengths``; the states for the
        next step are outputs after the others, in the same order. States are float32,
        and zeros before the first step.

        A language model has as inputs ``tokens`` (n_texts, n_steps) and the states
        before them, and as outputs ``log_probabilities`` (n_texts, n_steps, n_tokens)
        and the states after the tokens, in the same order.

        ``metadata_props`` hold classes, names of features and vocabularies, as JSON.

    Raises
    ------
    ImportError
        If onnx is not installed.
    TypeError
        If the estimator, or a step of the pipeline, cannot be exported.
    ValueError
        If its cell, or another part of it, has no operators in ONNX, or, with ``step``,
        if predictions need the ends of sequences.
    NotFittedError
        If it is not fitted.

    Notes
    -----
    ONNX Runtime has recurrent operators for float32 only. ``X`` has the precision of
    the estimator; float64 is standardized in float64. After that the network computes
    in float32, with weights rounded to float32.

    Examples
    --------
    >>> from sksequence import RNNClassifier
    >>> from sksequence.datasets import load_japanese_vowels
    >>> from sksequence.onnx import to_onnx
    >>> X, y = load_japanese_vowels(subset="train", return_X_y=True)
    >>> clf = RNNClassifier(8, max_iter=2, random_state=0).fit(X, y)
    >>> model = to_onnx(clf)
    >>> [value.name for value in model.graph.input]
    ['X', 'lengths']
    >>> [value.name for value in model.graph.output]
    ['label', 'probabilities']
    """
    import_onnx()
    p.check_value(target_opset, "target_opset", "to_onnx", [opsets()])
    p.check_value(step, "step", "to_onnx", [p.BOOLEAN])
    encoder, transformers, fitted = parts_of(estimator)
    check_transformers(transformers)
    g, model = Graph(int(target_opset)), as_fitted(fitted)
    about = describe(model)
    if isinstance(model, RNNLanguageModel):
        inputs, outputs = read_text(g, model)
        about |= {"tokens": model.tokens_.tolist(), "end": int(model._eos)}
    else:
        read = read_steps if step else read_whole
        inputs, outputs = read(g, transformers, model)
    if encoder is not None:
        about["tokens"] = encoder.get_feature_names_out().tolist()
    return make_model(g, inputs, outputs, about)


def opsets() -> p.Expected:
    """The versions of operators that can be written."""
    return p.integer(OLDEST_OPSET, import_onnx().defs.onnx_opset_version())


def parts_of(estimator: Any) -> tuple[Any, list[Any], Any]:
    """(encoder of tokens or None, transformers, estimator), or an error."""
    steps = [estimator]
    if hasattr(estimator, "steps"):
        steps = [step for _, step in estimator.steps]
        steps = [s for s in steps[:-1] if not does_nothing(s)] + steps[-1:]
    *transformers, fitted = steps
    if type(fitted) not in (*PREDICTORS, RNNLanguageModel):
        raise TypeError(
            "estimator must be a fitted RNNClassifier, RNNRegressor, RNNStepRegressor, "
            "RNNTagger or RNNLanguageModel, or a pipeline that ends with one. Got "
            f"{type(fitted).__name__} instead.{hint_for(fitted)}"
        )
    for step in steps:
        check_is_fitted(step)
    encoder = None
    if transformers and isinstance(transformers[0], ByIndex):
        del transformers[0]
    if transformers and isinstance(transformers[0], TokenEncoder):
        encoder = transformers.pop(0)
    if transformers and isinstance(fitted, RNNLanguageModel):
        raise TypeError(
            f"{type(transformers[0]).__name__} cannot be exported before an "
            "RNNLanguageModel: its ONNX model reads token ids."
        )
    return encoder, transformers, fitted


def hint_for(estimator: Any) -> str:
    """What to do with an estimator that cannot be exported."""
    for name in ("best_estimator_", "estimator_"):
        if hasattr(estimator, name):
            return f" Pass its {name}."
    if hasattr(estimator, "predict_n_best") or hasattr(estimator, "sample"):
        return (
            " It writes step by step until it has written an end, for which ONNX has "
            "no operator."
        )
    return ""


# -- the model -------------------------------------------------------------------------


def describe(model: Any) -> dict[str, Any]:
    """What is known of an estimator besides its graph."""
    about: dict[str, Any] = {
        "estimator": type(model).__name__,
        "sksequence_version": __version__,
    }
    if hasattr(model, "classes_"):
        about["classes"] = model.classes_.tolist()
    if hasattr(model, "feature_names_in_"):
        about["feature_names"] = model.feature_names_in_.tolist()
    if getattr(model, "_static_names", None):
        about["static_names"] = list(model._static_names)
    return about


def make_model(
    g: Graph,
    inputs: dict[str, Output],
    outputs: dict[str, Output],
    about: dict[str, Any],
) -> Any:
    """A checked ModelProto with the names of inputs and outputs."""
    helper = g.onnx.helper

    def declared(values):
        return [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for name, value in values.items()
        ]

    named = [
        helper.make_node("Identity", [output.value], [name], name=f"{name}_node")
        for name, output in outputs.items()
    ]
    graph = helper.make_graph(
        [*g.nodes, *named],
        about["estimator"],
        declared(inputs),
        declared(outputs),
        g.constants,
    )
    opsets = [helper.make_opsetid(*opset) for opset in g.opsets.items()]
    model = helper.make_model(
        graph,
        opset_imports=opsets,
        ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="sksequence",
        producer_version=__version__,
    )
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in about.items()
    }
    helper.set_model_props(model, texts)
    g.onnx.checker.check_model(model)
    return model
