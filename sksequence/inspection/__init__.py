"""Looking into fitted estimators.

The functions show what happens at each step of a sequence, which features and steps
matter, what each of them adds to a prediction, which labels follow one another, and how
far back gradients reach.

Pictures need the extra ``plots`` (matplotlib).
"""

from ._attribution_display import AttributionDisplay
from ._gradient_flow import GradientFlowDisplay, gradient_norms
from ._integrated_gradients import integrated_gradients
from ._permutation import permutation_importance
from ._trace import trace
from ._trace_display import TraceDisplay
from ._trace_result import SequenceTrace
from ._transitions import TransitionsDisplay

__all__ = [
    "AttributionDisplay",
    "GradientFlowDisplay",
    "SequenceTrace",
    "TraceDisplay",
    "TransitionsDisplay",
    "gradient_norms",
    "integrated_gradients",
    "permutation_importance",
    "trace",
]
