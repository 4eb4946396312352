"""What notebooks show of a fitted estimator: its network, layer by layer.

scikit-learn draws the estimator, or the pipeline that it is in, with its parameters and
fitted attributes. The layers come in front of the latter.
"""

from html import escape
from math import prod

from .._documentation import DocumentedOnline
from ..network import (
    ACTIVATIONS,
    Attention,
    Bidirectional,
    Bridge,
    Composite,
    ConcatPooling,
    CRFHead,
    Dense,
    Dropout,
    Embedding,
    Head,
    JoinStatic,
    LinearHead,
    NumberLoss,
    Pooling,
    PoolingLayer,
    Recurrent,
    Standardize,
    VocabularyHead,
)

TABLE = """
<div class="estimator-table">
  <details>
    <summary>Network: {n_layers}, {n_weights} weights</summary>
    <table class="parameters-table">
      <tbody>
        <tr><th>Layer</th><th>What</th><th>In</th><th>Out</th><th>Weights</th></tr>
        {rows}
        <tr class="default"><td>all</td><td></td><td></td><td></td><td>{n_weights}</td></tr>
      </tbody>
    </table>
  </details>
</div>
"""  # noqa: E501


class HTMLMixin(DocumentedOnline):
    """Puts the layers of the network into scikit-learn's diagram of a fitted one."""

    def _get_fitted_attr_html(self, doc_link=""):
        attributes = super()._get_fitted_attr_html(doc_link)
        if not hasattr(self, "theta_"):  # within what is fitted, and fits a copy
            return attributes
        cell = self.architecture_["cell"]
        rows = layer_rows(self._network.layers, cell if isinstance(cell, str) else None)
        return _WithNetwork(network_html(rows, self.theta_.size), attributes)


class _WithNetwork:
    """Fitted attributes as HTML, below the layers."""

    def __init__(self, network, attributes):
        self._network, self._attributes = network, attributes

    def __len__(self):
        return 1 + len(self._attributes)

    def __getattr__(self, name):
        return getattr(self._attributes, name)

    def _repr_html_inner(self):
        return self._network + self._attributes._repr_html_inner()


def network_html(rows, n_weights):
    """A table of layers.

    Parameters
    ----------
    rows : list of tuple
        As of ``layer_rows``.
    n_weights : int
        Of all layers.

    Returns
    -------
    html : str
    """
    n_layers = sum(count > 0 for *_, count in rows)
    cells = [
        "".join(
            f"<td>{escape(f'{value:,}' if isinstance(value, int) else value)}</td>"
            for value in row
        )
        for row in rows
    ]
    return TABLE.format(
        n_layers=f"{n_layers} layer{'s' if n_layers != 1 else ''}",
        n_weights=f"{n_weights:,}",
        rows="\n".join(f'<tr class="default">{row}</tr>' for row in cells),
    )


def layer_rows(layers, cell=None, prefix=""):
    """(name, what, width in, width out, number of weights) of each layer, in order.

    Parameters
    ----------
    layers : dict of str -> Layer
    cell : str, default=None
        The name of the recurrent layers' cell. None: as Python writes it.
    prefix : str
        Of the names.

    Returns
    -------
    list of tuple
        Widths are int, or "" where a layer changes none.
    """
    rows = []
    for name, layer in layers.items():
        if isinstance(layer, Composite) and not isinstance(layer, Bidirectional):
            rows += layer_rows(layer.layers, cell, f"{prefix}{name}.")
        else:
            n_weights = sum(map(prod, layer.shapes().values()))
            rows.append((prefix + name, *describe(layer, cell), n_weights))
    return rows


def describe(layer, cell):
    """(what, width in, width out) of a layer."""
    if isinstance(layer, Bidirectional):
        what, n_in, n_out = describe(layer.layers["forward"], cell)
        return f"{what}, bidirectional", n_in, 2 * n_out
    if isinstance(layer, Recurrent):
        return cell or repr(layer.cell), layer.n_features, layer.n_units
    if isinstance(layer, Embedding):
        what = "embedding" if layer.trainable else "embedding, not trained"
        return what, layer.n_tokens, layer.n_units
    if isinstance(layer, VocabularyHead):
        what = "softmax, embedding's weights" if layer.tied else "softmax"
        return what, layer.n_in, layer.n_tokens
    if isinstance(layer, Head):
        return _head(layer), getattr(layer, "n_in", ""), getattr(layer, "n_out", "")
    if isinstance(layer, Dense):
        functions = {pair[0]: name for name, pair in ACTIVATIONS.items()}
        return f"dense, {functions[layer.function]}", layer.n_in, layer.n_out
    if isinstance(layer, Bridge):
        return "dense, tanh: first states", layer.dense.n_in, layer.dense.n_out
    if isinstance(layer, Attention):
        return f"attention, {layer.kind}", layer.n_source, layer.n_units
    if isinstance(layer, JoinStatic):
        how = ", by mean and scale" if layer.standardize else ""
        return f"static numbers beside the states{how}", layer.n_features, ""
    if isinstance(layer, Standardize):
        return "mean and scale of the data", layer.n_features, layer.n_features
    if isinstance(layer, Dropout):
        return f"dropout, {layer.rate:g}", "", ""
    if isinstance(layer, PoolingLayer):
        return f"pooling, {_pooling(layer)}", "", ""
    return type(layer).__name__, "", ""


def _head(layer):
    if isinstance(layer, CRFHead):
        return "CRF"
    if isinstance(layer, LinearHead):
        loss = type(layer.loss_function).__name__.removesuffix("Loss").lower()
        is_number = isinstance(layer.loss_function, NumberLoss)
        return f"linear, {loss} loss" if is_number else loss
    return type(layer).__name__


def _pooling(layer):
    if isinstance(layer, Pooling):
        return layer.kind
    return "concat" if isinstance(layer, ConcatPooling) else "attention"
