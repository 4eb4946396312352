"""What the estimators share whose output is tokens: vocabulary, likelihood, writing."""

from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from .. import _frames, _kinds
from .. import _parameters as p
from .._messages import brief, renamed
from .._state import check_fitted, reads_fitted
from .._text import normalize
from ..preprocessing import TokenEncoder
from ..preprocessing._text_checks import as_text, listed_tokens
from ._base import BaseRNN
from ._generation import Generation, check_limits, generation_options
from ._ids import IdEncoder
from ._parameter_table import VOCABULARY
from ._same_network import check_same_settings


class TokenOutput(BaseRNN):
    """Base of those that have the parameters of ``VOCABULARY`` and ``GENERATION``."""

    lowercase: bool
    min_count: int
    max_tokens: int | None

    @property
    def _output_encoder(self) -> TokenEncoder:
        """The fitted encoder of the output."""
        raise NotImplementedError

    def _log_likelihoods(self, network, theta, X, y):
        """Log probability of every token of y, a RaggedArray like y."""
        raise NotImplementedError

    # -- the vocabulary ----------------------------------------------------------------

    def _new_encoder(self, name, *, add_eos=True):
        """The encoder of a parameter, or where it is None one as others say."""
        encoder = getattr(self, name)
        if encoder is not None:
            self._warn_of_unused(name, encoder)
        return self._encoder_of(name, add_eos)

    def _encoder_of(self, name, add_eos):
        encoder = getattr(self, name)
        if encoder is not None:
            return clone(encoder).set_params(add_eos=add_eos)
        return TokenEncoder(
            getattr(self, self._analyzer_name(name)),
            lowercase=bool(self.lowercase),
            min_count=self.min_count,
            max_tokens=self.max_tokens,
            add_eos=add_eos,
        )

    def _analyzer_name(self, encoder):
        """The parameter that says what a token is, of an encoder's parameter."""
        if getattr(self, encoder) is not None:
            return f"{encoder}__analyzer"
        return encoder.replace("encoder", "analyzer")

    def _check_resuming(self):
        super()._check_resuming()
        for name, fitted in self._fitted_encoders().items():
            check_same_settings(self._settings_of(name, fitted), "vocabulary")

    def _fitted_encoders(self):
        """Encoders that were fitted, by the parameters that say what they are."""
        return {"encoder": self._output_encoder}

    def _settings_of(self, encoder, fitted):
        """The settings of a parameter's encoder: names, values in fit, and now."""
        new = self._encoder_of(encoder, fitted.add_eos).get_params()
        for name, old in fitted.get_params().items():
            if isinstance(fitted, IdEncoder) and name in ("analyzer", "lowercase"):
                continue
            parameter = f"{encoder}__{name}"
            if name == "analyzer":
                parameter = self._analyzer_name(encoder)
            elif getattr(self, encoder) is None and name in VOCABULARY:
                parameter = name
            yield parameter, old, new[name]

    def _warn_of_unused(self, name, encoder):
        """Warn of parameters that say other than the encoder of a parameter, if any."""
        names = {name.replace("encoder", "analyzer"): "analyzer"}
        others = [n for n in self._parameters if n.endswith("encoder") and n != name]
        if all(getattr(self, other) is not None for other in others):
            names |= {n: n for n in ("lowercase", "min_count", "max_tokens")}
        for parameter, of_encoder in names.items():
            value, used = getattr(self, parameter), getattr(encoder, of_encoder)
            if value not in (self._parameters[parameter].default, used):
                p.warn_user(
                    f"{parameter}={brief(value)} is not used: {name} has {of_encoder}="
                    f"{brief(used)}. Set {name}=None, or {name}__{of_encoder} in place "
                    f"of {parameter}."
                )

    @property
    @reads_fitted
    def n_tokens_(self) -> int:
        """Size of the fitted vocabulary of the output."""
        check_fitted(self)
        return self._output_encoder.n_tokens_

    @property
    @reads_fitted
    def tokens_(self) -> npt.NDArray[Any]:
        """The tokens of the output, in the order of their ids."""
        check_fitted(self)
        return self._output_encoder.get_feature_names_out()

    @property
    def _eos(self):
        encoder = self._output_encoder
        return encoder.vocabulary_[normalize(encoder.eos_token)]

    @property
    def _unknown(self):
        """The id of unknown tokens, or None."""
        unknown = self._output_encoder.unk_token
        if unknown is None:
            return None
        return self._output_encoder.vocabulary_[normalize(unknown)]

    def _encode(self, data, dtype, *, reset, partial):
        """As the base does; outputs are to become as long as these, and longer."""
        longest = int(data.y.lengths.max()) - 1  # without the end
        self._longest_output = longest if reset else max(longest, self._longest_output)
        return super()._encode(data, dtype, reset=reset, partial=partial)

    # -- how likely it is --------------------------------------------------------------

    def _watch(self, network, theta, X, y):
        return self._log_likelihoods(network, theta, X, y)

    def _sums(self, log_p):
        """Log probabilities of sequences, from those of their tokens."""
        return np.add.reduceat(log_p.values.astype(np.float64), log_p.offsets[:-1])

    # -- writing -----------------------------------------------------------------------

    def _read_prefix(self, step, state, prefix, n=1):
        """(log probabilities after the begin and a prefix, state) of n texts."""
        for token in [self._eos, *prefix]:
            found, state = step(np.full(n, token), state)
        return found, state

    def _prefix(self, prefix):
        """(ids of a prefix, without an end; its tokens as they were given)."""
        if prefix is None:
            return [], []
        encoder = self._output_encoder
        if _kinds.is_frame(prefix):
            raise TypeError("prefix is a table. Expected a string or a list of tokens.")
        prefix = _frames.plain(prefix, "prefix")
        if _kinds.is_list_like(prefix):
            prefix = list(prefix)  # an iterator gives its tokens once
        if isinstance(encoder, IdEncoder):
            prefix = _integers(prefix)
        ids = renamed(encoder.transform, [prefix], "prefix", "X[0]")[0][:-1].tolist()
        if isinstance(encoder, IdEncoder):
            return ids, prefix
        if isinstance(prefix, (str, bytes)):
            # Cut as it is, not as it is read: what is drawn begins with it exactly.
            cut = encoder._analyze()(as_text(prefix, "prefix"))
            return ids, listed_tokens(cut, "analyzer(prefix)")
        return ids, listed_tokens(prefix, "prefix")

    def _check_limits(self):
        check_limits(self.min_length, self.max_length)

    def _options(self, method, **given):
        """How one call of a method generates, see ``generation_options``."""
        return generation_options(self, method, given)

    def _generation(self, options, **others):
        return Generation(options, self._eos, self._unknown, **others)


def _integers(prefix):
    """A prefix of integers, or of rows of one integer, as a list of int."""
    if not isinstance(prefix, list):
        raise TypeError(
            f"prefix is {brief(prefix)}. Expected a list of integers, as X was in fit."
        )
    tokens = [
        row[0] if _kinds.is_list(row) and len(row) == 1 else row for row in prefix
    ]
    for t, token in enumerate(tokens):
        if not isinstance(token, Integral) or isinstance(token, bool):
            raise TypeError(
                f"prefix, step {t}, is {brief(token)}. Expected an integer, as X was "
                "in fit."
            )
    return [int(token) for token in tokens]
