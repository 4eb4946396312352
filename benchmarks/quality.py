"""Quality on real data: one task a function, one row a figure.

    python benchmarks/quality.py [--data DIR] [task ...]

Each row says what was measured, ours, the goal, what is published or stands beside it,
and the seconds it took on one core. Settings were chosen on training data only.
"""

import _language_tasks  # noqa: F401
import _output_tasks  # noqa: F401
import _sequence_tasks  # noqa: F401 (its tasks register themselves)
import _text_tasks  # noqa: F401
from _tasks import main

if __name__ == "__main__":
    main(__doc__.splitlines()[0])
