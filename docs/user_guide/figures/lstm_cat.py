"""An LSTM that has learned to keep "cat" or "cats" until the verb."""

import matplotlib.pyplot as plt
from cats import draw, model_of

draw(model_of("lstm", random_state=0), "f")
plt.show()
