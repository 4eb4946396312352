"""``set_output`` of transformers that give sequences."""

from typing import Self


class SetOutputIgnored:
    """For a transformer whose output has no form as a data frame.

    It stands before ``TransformerMixin``, and ``auto_wrap_output_keys`` is None.
    """

    def set_output(self, *, transform: str | None = None) -> Self:
        """Do nothing: sequences have no form as a data frame.

        It exists so that ``set_output`` of a pipeline with this step works.

        Parameters
        ----------
        transform : str, default=None
            Ignored.

        Returns
        -------
        self
        """
        return self
