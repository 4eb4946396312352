"""A simplified GRU that has learned to keep "cat" or "cats" until the verb."""

import matplotlib.pyplot as plt
from cats import draw, model_of

draw(model_of("gru_simple", random_state=0), "u")
plt.show()
