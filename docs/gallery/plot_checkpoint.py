"""
Continuing a fit that was killed
================================

With ``checkpoint=file`` a fit keeps its state in a file. Here a fit is killed again and
again, as a job queue might do, and still ends with exactly the same weights as a fit
that was not interrupted.
"""

# %%
# A script with a checkpoint
# --------------------------
# The script fits a classifier. It needs no special case for continuing: the same call
# of ``fit`` begins, continues, or only reads the file of a fit that has ended. A
# callback kills the process in the sixth epoch after each start.

import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

SCRIPT = """
import os, sys
import numpy as np
from sksequence import RNNClassifier
from sksequence.datasets import load_japanese_vowels

class KilledAfterFive:
    begun = 0

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun += context.task_name == "epoch"
        if self.begun > 5:
            os._exit(1)  # nothing is cleaned up, as if the power failed

    def on_fit_task_end(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

folder, checkpoint = sys.argv[1:]
X, y = load_japanese_vowels(subset="train", return_X_y=True)
X_test, y_test = load_japanese_vowels(subset="test", return_X_y=True)
clf = RNNClassifier(16, max_iter=18, early_stopping=True, random_state=0)
if checkpoint:
    clf.set_callbacks(KilledAfterFive())
clf.fit(X, y, checkpoint=checkpoint or None)
np.savez(
    f"{folder}/result.npz", theta=clf.theta_, loss=clf.loss_curve_,
    score=clf.score(X_test, y_test),
)
"""

# %%
# Starting it until it is finished
# --------------------------------

folder = Path(tempfile.mkdtemp())
checkpoint, result = folder / "checkpoint", folder / "result.npz"


def start(*arguments):
    """Run the script in its own process; whether it ran to its end."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, folder, *arguments])
    return done.returncode == 0


starts = 1
while not start(checkpoint):
    print(f"killed; the file has {checkpoint.stat().st_size:,} bytes")
    starts += 1
found = dict(np.load(result))
print(f"{starts} starts, accuracy {found['score']:.3f}")

# %%
# The same result as without interruptions
# ----------------------------------------

start("")
expected = dict(np.load(result))
print(f"the same weights: {np.array_equal(found['theta'], expected['theta'])}")
print(f"the same losses: {np.array_equal(found['loss'], expected['loss'])}")

fig, ax = plt.subplots(figsize=(5, 3.2))
epochs = np.arange(1, len(found["loss"]) + 1)
ax.plot(epochs, expected["loss"], color="lightgray", linewidth=6, label="not killed")
for k in range(starts):
    part = slice(5 * k, 5 * k + 5)
    ax.plot(epochs[part], found["loss"][part], marker="o", markersize=3)
ax.set(xlabel="epoch", ylabel="loss", title="Each color is a process")
ax.legend()
fig.tight_layout()
