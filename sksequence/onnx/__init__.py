"""Fitted estimators as ONNX models, which run without Python.

``to_onnx`` needs the extra ``onnx``; ONNX Runtime runs its models.
"""

from ._export import to_onnx
from ._skl2onnx import register_skl2onnx

__all__ = ["register_skl2onnx", "to_onnx"]
