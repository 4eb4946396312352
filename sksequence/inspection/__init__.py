"""Looking into fitted estimators: which features and steps matter, which labels follow.

Pictures need the extra ``plots`` (matplotlib).
"""

from ._permutation import permutation_importance
from ._transitions import TransitionsDisplay

__all__ = ["TransitionsDisplay", "permutation_importance"]
