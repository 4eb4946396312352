"""Pictures of how likely each token of a text was, as its color."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from .. import _parameters as p
from .._extras import import_extra
from .._text import listed
from ..estimators import RNNGenerator, RNNLanguageModel, RNNTranslator
from ..estimators._ids import number_depth
from ..estimators._spelling import tokens_of
from ._colored_text import draw_colored_texts
from ._fitted import fitted_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.text import Text

MODELS = (RNNLanguageModel, RNNTranslator, RNNGenerator)


class LikelihoodDisplay:
    """Texts whose tokens are colored by how likely each was, given those before it.

    Use :meth:`from_estimator` to make one, or :meth:`from_predictions` if you have the
    log probabilities.

    Parameters
    ----------
    tokens : list of list of str
        The tokens of each text.
    log_likelihoods : list of array-like of float
        The log probability of each token, in nats.
    separator : str, default=" "
        What is written between two tokens of a line.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    texts_ : list of matplotlib Text
        The drawn text, in the order of the tokens. A token that is longer than a line
        is drawn in several pieces.
    colorbar_ : matplotlib Colorbar

    Examples
    --------
    >>> from sksequence import RNNLanguageModel
    >>> from sksequence.inspection import LikelihoodDisplay
    >>> model = RNNLanguageModel(16, max_iter=5, random_state=0)
    >>> model = model.fit(["the cat sat", "the dog ran", "the cat ran"] * 20)
    >>> display = LikelihoodDisplay.from_estimator(model, "the cat flew")
    >>> display.tokens
    [['the', 'cat', 'flew', '</s>']]
    """

    ax_: Axes
    figure_: Figure | SubFigure
    texts_: list[Text]
    colorbar_: Colorbar

    def __init__(
        self,
        tokens: Sequence[Sequence[Any]],
        log_likelihoods: Sequence[npt.ArrayLike],
        *,
        separator: str = " ",
    ):
        self.tokens, self.log_likelihoods = tokens, log_likelihoods
        self.separator = separator

    @classmethod
    def from_estimator(
        cls,
        estimator: RNNLanguageModel | RNNTranslator | RNNGenerator,
        X: Any,
        y: Any = None,
        *,
        vmin: float = 1e-4,
        max_tokens: int = 1000,
        cmap: str | Colormap = "OrRd_r",
        ax: Axes | None = None,
    ) -> Self:
        """Score each token, and draw the texts.

        Parameters
        ----------
        estimator : RNNLanguageModel, RNNTranslator or RNNGenerator
            Fitted.
        X : str, or texts as in ``fit``
            For a language model: the texts. For the others: one input or several, as in
            ``fit``.
        y : str, or output sequences as in ``fit``, default=None
            For translators and generators: the outputs to score, one for each input.
        vmin, max_tokens, cmap, ax
            See :meth:`plot`.

        Returns
        -------
        LikelihoodDisplay

        Raises
        ------
        TypeError
            If the estimator does not give probabilities of texts.
        NotFittedError
            If it is not fitted.
        ValueError
            If y is missing, or passed for a language model.

        Notes
        -----
        The end of a text is a token, too. Tokens that are not in the vocabulary are
        spelled, see :meth:`RNNLanguageModel.log_likelihoods
        <sksequence.RNNLanguageModel.log_likelihoods>`.
        """
        model = fitted_model(estimator, MODELS)
        scored, log_p = _score(model, X, y)
        known = model.tokens_
        display = cls(
            [tokens_of(scored[i], known).tolist() for i in range(len(scored))],
            [np.asarray(log_p[i]) for i in range(len(scored))],
            separator=_separator_of(model._output_encoder),
        )
        return display.plot(vmin=vmin, max_tokens=max_tokens, cmap=cmap, ax=ax)

    @classmethod
    def from_predictions(
        cls,
        tokens: Sequence[Any] | Sequence[Sequence[Any]],
        log_likelihoods: npt.ArrayLike | Sequence[npt.ArrayLike],
        *,
        separator: str = " ",
        vmin: float = 1e-4,
        max_tokens: int = 1000,
        cmap: str | Colormap = "OrRd_r",
        ax: Axes | None = None,
    ) -> Self:
        """Draw texts whose tokens have been scored by any model.

        Parameters
        ----------
        tokens : list of str, or list of lists of str
            The tokens of one text, or of several texts.
        log_likelihoods : array-like of float, or list of them
            The log probability of each token, in nats.
        separator : str, default=" "
            What is written between two tokens of a line.
        vmin, max_tokens, cmap, ax
            See :meth:`plot`.

        Returns
        -------
        LikelihoodDisplay

        Raises
        ------
        ValueError
            If there is not one number for each token.
        """
        if len(tokens) and isinstance(tokens[0], (list, tuple, np.ndarray)):
            display = cls(tokens, log_likelihoods, separator=separator)  # type: ignore[arg-type]
        else:
            display = cls([tokens], [log_likelihoods], separator=separator)  # type: ignore[list-item]
        return display.plot(vmin=vmin, max_tokens=max_tokens, cmap=cmap, ax=ax)

    def plot(
        self,
        *,
        vmin: float = 1e-4,
        max_tokens: int = 1000,
        cmap: str | Colormap = "OrRd_r",
        ax: Axes | None = None,
    ) -> Self:
        """Draw the texts, one below the other.

        Colors are on a logarithmic scale, which is the same in every picture: strong
        for unlikely tokens, pale for nearly certain ones.

        Parameters
        ----------
        vmin : float, default=1e-4
            The probability at the end of the color scale; less likely tokens have the
            same color.
        max_tokens : int, default=1000
            Largest number of tokens to draw. The number of the others is written below.
        cmap : str or matplotlib colormap, default="OrRd_r"
            Colors from the least likely to certain tokens.
        ax : matplotlib Axes, default=None
            Lines are as wide as these axes. None: a new figure, as high as needed.

        Returns
        -------
        LikelihoodDisplay
        """
        owner = "LikelihoodDisplay.plot"
        pyplot = import_extra("matplotlib.pyplot", "sksequence[plots]", owner)
        p.check_value(vmin, "vmin", owner, [p.real(0, 1, low_open=True)])
        p.check_value(max_tokens, "max_tokens", owner, [p.integer(1)])
        drawn = draw_colored_texts(
            pyplot,
            self.tokens,
            # vmin has the color of what is less likely, also of 0, which has no log.
            [
                np.maximum(np.exp(self._checked(i)), vmin)
                for i in range(len(self.tokens))
            ],
            separator=self.separator,
            cmap=cmap,
            norm="log",
            vmin=vmin,
            vmax=1,
            extend="min",
            label="probability of the token",
            max_tokens=max_tokens,
            ax=ax,
        )
        self.texts_, self.colorbar_ = drawn.texts, drawn.bar
        self.ax_, self.figure_ = drawn.ax, drawn.ax.figure
        return self

    def _checked(self, i):
        """Log probabilities of the tokens of a text."""
        if len(self.tokens) != len(self.log_likelihoods):
            raise ValueError(
                f"log_likelihoods must hold one array for each of the "
                f"{len(self.tokens)} texts of tokens. Got {len(self.log_likelihoods)}."
            )
        log_p = np.asarray(self.log_likelihoods[i], dtype=float)
        if log_p.shape != (len(self.tokens[i]),):
            raise ValueError(
                f"log_likelihoods[{i}] must have one number for each of the "
                f"{len(self.tokens[i])} tokens of the text. Got shape {log_p.shape}."
            )
        if (log_p > 1e-6).any() or np.isnan(log_p).any():
            raise ValueError(
                f"log_likelihoods[{i}] must hold logs of probabilities, which are not "
                f"above 0. Got {log_p[~(log_p <= 1e-6)][0]}."
            )
        return np.minimum(log_p, 0)


def _score(model, X, y):
    """The tokens that are scored, and their log probabilities, text by text."""
    name = type(model).__name__
    if isinstance(model, RNNLanguageModel):
        if y is not None:
            raise ValueError(
                f"y must be None: the targets of {name} are the tokens of X."
            )
        texts = [X] if isinstance(X, str) or number_depth(X) == 1 else listed(X)
        return model._encode_texts(texts, spell=True)[1], model.log_likelihoods(texts)
    if y is None:
        raise ValueError(f"y is missing: the outputs of {name} are what is scored.")
    if isinstance(y, str) or number_depth(y) == 1:
        X, y = None if X is None else [X], [y]
    y = listed(y)
    return model._encode_y(y), model._scored(X, y)[0]


def _separator_of(encoder):
    """What stands between tokens of this encoder: nothing between characters."""
    return "" if encoder._fitted_on_strings and encoder.analyzer == "char" else " "
