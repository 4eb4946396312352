"""Forecasts beside simple ones, on the same windows in the same run.

    python benchmarks/forecasting.py [--data DIR] [task ...]

"Last season" is 11 years before for sunspots, a week for rentals, and the mean of the
day of the year for the river. Ridge regression and boosted trees see the windows as
rows of a table. Settings were chosen with --dev, on training data only.
"""

from _forecast_tasks import COLUMNS
from _tasks import main

if __name__ == "__main__":
    main(__doc__.splitlines()[0], COLUMNS)
