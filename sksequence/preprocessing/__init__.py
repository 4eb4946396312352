"""Transformers of sequences: any scikit-learn transformer, step by step."""

from ._per_step import PerStep

__all__ = ["PerStep"]
