"""Looking into fitted estimators.

What happens at each step of a sequence, which features and steps matter, which labels
may follow one another, how far back in time gradients reach.

Pictures need the extra ``plots`` (matplotlib).
"""

from ._gradient_flow import GradientFlowDisplay, gradient_norms
from ._permutation import permutation_importance
from ._trace import trace
from ._trace_display import TraceDisplay
from ._trace_result import SequenceTrace
from ._transitions import TransitionsDisplay

__all__ = [
    "GradientFlowDisplay",
    "SequenceTrace",
    "TraceDisplay",
    "TransitionsDisplay",
    "gradient_norms",
    "permutation_importance",
    "trace",
]
