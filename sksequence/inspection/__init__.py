"""Traces, attributions and pictures of fitted estimators.

The functions and displays show what happens at each step of a sequence, which features
and steps matter, how much each of them adds to a prediction, which labels follow which,
and how far back gradients reach.

Displays need the extra ``plots`` (matplotlib).
"""

from ._attention_display import AttentionDisplay
from ._attribution_display import AttributionDisplay
from ._gates_display import GatesDisplay
from ._gradient_flow import GradientFlowDisplay, gradient_norms
from ._integrated_gradients import integrated_gradients
from ._likelihood_display import LikelihoodDisplay
from ._permutation import permutation_importance
from ._span_confusion_display import SpanConfusionDisplay
from ._trace import trace
from ._trace_display import TraceDisplay
from ._trace_result import SequenceTrace
from ._training_display import TrainingDisplay
from ._transitions import TransitionsDisplay

__all__ = [
    "AttentionDisplay",
    "AttributionDisplay",
    "GatesDisplay",
    "GradientFlowDisplay",
    "LikelihoodDisplay",
    "SequenceTrace",
    "SpanConfusionDisplay",
    "TraceDisplay",
    "TrainingDisplay",
    "TransitionsDisplay",
    "gradient_norms",
    "integrated_gradients",
    "permutation_importance",
    "trace",
]
