"""The training loop: epochs of batches of (loss, gradient, clip, update).

What is made small is one function of the weights, however the data are cut::

    L(theta) = sum_r w_r loss_r / sum_r w_r  +  alpha / 2 ||weights||^2 / sum_r w_r

over all rows r of the training set (sequences, steps or tokens). Each batch contributes
the part of the sum that its rows have in it. An update takes that part times the number
of batches: an estimate of the gradient of L whose mean over an epoch's batches, with
the weights held still, is the gradient itself.

It is a generator of facts. Whoever consumes it prints, monitors and stops.
"""

from time import perf_counter

import numpy as np

from ._schedules import SCHEDULES


class Diverged(ArithmeticError):
    """The loss or its gradient is no longer finite."""


def train(
    theta,
    objective,
    optimizer,
    *,
    learning_rate_init,
    schedule="constant",
    power_t=0.5,
    max_iter=200,
    alpha=0.0,
    clip_norm=None,
):
    """Train in place, and yield what happened in each epoch.

    Parameters
    ----------
    theta : ndarray of shape (n_parameters,)
        The weights, changed in place.
    objective : Objective
        Has ``batches()``, sized pieces that together are the training set, and
        ``loss_and_gradient(theta, piece, scale)`` -> (loss, Gradients, n_steps):
        ``scale`` times the part that a piece has in the loss of the training set.
    optimizer : Optimizer
    learning_rate_init : float
    schedule : str or callable
        A name in ``SCHEDULES``, or epoch -> factor of the learning rate.
    power_t : float
        Exponent of "invscaling".
    max_iter : int
        Epochs.
    alpha : float
        L2 penalty: adds alpha / 2 times the sum of squares of all weights that are
        not biases.
    clip_norm : float or None
        Gradients with a greater global norm are scaled down to it [1]_.

    Yields
    ------
    dict
        epoch (from 1), loss (L, its parts worked out with the weights before each
        update), gradient_norm and max_gradient_norm (mean and greatest over the
        batches, before clipping), n_batches, n_clipped (how many of them were
        clipped), learning_rate (of the last update), seconds, sequences_per_second,
        steps_per_second. Whoever consumes may send a factor that multiplies the
        learning rate from then on.

    Raises
    ------
    Diverged
        At the first loss or gradient that is not finite, before it moves ``theta``.

    References
    ----------
    .. [1] Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural
       networks", ICML 2013.
    """
    layout = optimizer.layout
    penalised = layout.penalised_mask() if alpha else None
    factor = 1.0
    by_update = SCHEDULES["constant"] if callable(schedule) else SCHEDULES[schedule]
    for epoch in range(1, max_iter + 1):
        started = perf_counter()
        batches = objective.batches()
        of_epoch = schedule(epoch) if callable(schedule) else 1.0
        total_loss = total_norm = max_norm = 0.0
        n_clipped = n_sequences = n_steps = 0
        for k, batch in enumerate(batches):
            with np.errstate(over="ignore", invalid="ignore"):  # told by Diverged
                loss, gradients, n_batch_steps = objective.loss_and_gradient(
                    theta, batch, len(batches)
                )
                if alpha:
                    loss += _add_penalty(theta, gradients, alpha, penalised, layout)
                norm = global_norm(gradients.arrays())
            if not (np.isfinite(loss) and np.isfinite(norm)):
                raise Diverged(
                    f"epoch {epoch}, batch {k + 1} of {len(batches)}: loss {loss:.4g}, "
                    f"gradient norm {norm:.4g}"
                )
            n_clipped += clip_by_global_norm(gradients.arrays(), norm, clip_norm)
            learning_rate = (
                factor
                * learning_rate_init
                * of_epoch
                * by_update(optimizer.t, max_iter * len(batches), power_t)
            )
            optimizer.update(theta, gradients, learning_rate)
            total_loss += float(loss) / len(batches)
            total_norm += norm
            max_norm = max(max_norm, norm)
            n_sequences += len(batch)
            n_steps += n_batch_steps
        seconds = perf_counter() - started
        sent = yield {
            "epoch": epoch,
            "loss": float(total_loss),
            "gradient_norm": float(total_norm / len(batches)),
            "max_gradient_norm": float(max_norm),
            "n_batches": len(batches),
            "n_clipped": n_clipped,
            "learning_rate": float(learning_rate),
            "seconds": seconds,
            "sequences_per_second": n_sequences / seconds,
            "steps_per_second": n_steps / seconds,
        }
        factor *= 1.0 if sent is None else sent


def global_norm(arrays):
    """Euclidean norm of all entries of some arrays together.

    Scaled by the largest entry, so squares neither overflow nor vanish; NaN or inf
    where an entry is.
    """
    total = 0.0
    for a in arrays:
        flat = a.ravel()
        with np.errstate(over="ignore", invalid="ignore"):
            norm = float(np.sqrt(flat @ flat))
        if not 1e-15 < norm < 1e15:  # squares may have left the range of float32
            largest = float(np.abs(flat).max(initial=0))
            if 0 < largest < np.inf:
                scaled = flat / largest
                norm = float(np.sqrt(scaled @ scaled)) * largest
            else:
                norm = largest
        total = np.hypot(total, norm)
    return float(total)


def clip_by_global_norm(arrays, norm, clip_norm):
    """Scale arrays in place so that their global norm is at most ``clip_norm``.

    Returns
    -------
    clipped : bool
        Whether it was more.
    """
    clipped = clip_norm is not None and norm > clip_norm
    if clipped:
        for a in arrays:
            a *= a.dtype.type(clip_norm / norm)
    return clipped


def _add_penalty(theta, gradients, alpha, penalised, layout):
    """The penalty; its gradient is added, for all rows of tables."""
    weights = np.where(penalised, theta[: layout.n_dense], 0)
    gradients.dense += alpha * weights
    square = weights @ weights
    for name in layout.tables:  # in this order: sums must not hang on hashes
        if name not in layout.penalised:
            continue
        values = layout.view(theta, name)
        gradients.tables[name].add_rows(np.arange(len(values)), alpha * values)
        square += np.vdot(values, values)
    return alpha / 2 * square
