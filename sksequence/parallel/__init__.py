"""Fits on several processes or machines, through joblib's backends.

``DataParallel`` trains an estimator on shards of its data, side by side. Who works, and
where the data lie meanwhile, is in ``_workers`` and ``_stores``; what a shard is, in
``_shard``; what is made of all of them after each round, in ``_rounds``.
"""

from ._data_parallel import DataParallel

__all__ = ["DataParallel"]
