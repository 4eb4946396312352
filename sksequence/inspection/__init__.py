"""Looking into fitted estimators.

Which features and steps matter, which labels follow, how far back gradients reach.

Pictures need the extra ``plots`` (matplotlib).
"""

from ._gradient_flow import GradientFlowDisplay, gradient_norms
from ._permutation import permutation_importance
from ._transitions import TransitionsDisplay

__all__ = [
    "GradientFlowDisplay",
    "TransitionsDisplay",
    "gradient_norms",
    "permutation_importance",
]
