"""
Sunspots, one year ahead
========================

A forecast is a regression on windows: the last twelve years go in, and the next year
comes out. As usual for these data, we train on the years up to 1920 and test on 1921 to
1955.
"""

# %%
# Windows
# -------
# With ``n_lags`` the loader cuts the series into windows. In a 2-D array each row is
# one univariate sequence.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score

from sksequence import RNNRegressor
from sksequence.datasets import load_sunspots

sunspots = load_sunspots(n_lags=12)
train = sunspots.year <= 1920
test = (sunspots.year > 1920) & (sunspots.year <= 1955)
X, y = sunspots.data, sunspots.target
print(X[train].shape, X[test].shape)

# %%
# A GRU and two baselines
# -----------------------
# The simplest baseline predicts that next year will be like this year. A linear
# regression on the window is a strong baseline. Sixty epochs were best in
# cross-validation with ``TimeSeriesSplit`` on the years up to 1920; with so few
# windows, longer training overfits.

gru = RNNRegressor(
    16, batch_size=32, learning_rate_init=0.01, max_iter=60, random_state=0
)
forecasts = {
    "as this year": X[test][:, -1],
    "linear": LinearRegression().fit(X[train], y[train]).predict(X[test]),
    "GRU": gru.fit(X[train], y[train]).predict(X[test]),
}
for name, forecast in forecasts.items():
    print(
        f"{name:13} R2 {r2_score(y[test], forecast):.3f}   "
        f"mean absolute error {mean_absolute_error(y[test], forecast):.1f} sunspots"
    )

# %%

years = sunspots.year[test]
fig, ax = plt.subplots(figsize=(7.5, 3.6))
ax.plot(years, y[test], "k.-", label="observed")
ax.plot(years, forecasts["linear"], color="C0", lw=1.2, label="linear, one year ahead")
ax.plot(years, forecasts["GRU"], color="C3", lw=1.8, label="GRU, one year ahead")
ax.set(ylabel="sunspot number", ylim=(0, None))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="upper left")
fig.tight_layout()

# %%
# Further ahead
# -------------
# To forecast two years ahead, use the forecast of the first year as the last step of
# the next window, and so on. Errors add up, but the cycle of about eleven years stays.

window = X[test][0]
path = []
for _ in range(34):
    forecast = gru.predict(window[None])[0]
    path.append(forecast)
    window = np.append(window[1:], forecast)

fig, ax = plt.subplots(figsize=(7.5, 3))
ax.plot(years, y[test], "k.-", label="observed")
ax.plot(years[: len(path)], path, color="C3", lw=1.8, label="GRU, from 1920 on its own")
ax.set(ylabel="sunspot number", ylim=(0, None))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="upper left")
fig.tight_layout()
