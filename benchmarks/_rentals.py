"""Rentals of bikes by the hour, of the UCI repository, with weather and calendar."""

import csv

import numpy as np

N_DEV = 2_800  # hours at the end of the training part


def read_rentals(data):
    """All hours.

    Returns
    -------
    observed : ndarray of shape (n_hours, 5)
        Rentals, temperature, humidity, wind and weather, which are known afterwards.
    calendar : ndarray of shape (n_hours, 32)
        Hour, day of the week and month as points on circles, whether it is a holiday
        and a working day, and the hour as a one-hot vector, which are known ahead.
    """
    with open(data / "bike_sharing_hour" / "hour.csv", newline="") as file:
        rows = list(csv.DictReader(file))

    def column(name):
        return np.array([float(row[name]) for row in rows])

    def circle(name, period):
        angle = 2 * np.pi * column(name) / period
        return [np.sin(angle), np.cos(angle)]

    names = ("cnt", "temp", "hum", "windspeed", "weathersit")
    observed = np.stack([column(name) for name in names], axis=1)
    circles = [*circle("hr", 24), *circle("weekday", 7), *circle("mnth", 12)]
    days = [column("holiday"), column("workingday")]
    hours = column("hr")[:, None] == np.arange(24)
    return observed, np.column_stack([*circles, *days, hours])


def scored_hours(n_hours, part):
    """Where the hours that are scored begin and end: the last fifth, or before it."""
    start, end = int(0.8 * n_hours), n_hours
    return (start - N_DEV, start) if part == "dev" else (start, end)


def hours_of_rentals(data, part):
    """Rentals of bikes by the hour, and windows of the 48 hours before.

    A step holds an hour's rentals and weather, and the calendar of the hour after it,
    which is known ahead.

    Returns
    -------
    count : ndarray of shape (n_hours,)
    train, test : ndarray of int
        The hours of a part.
    windows : callable
        Hours -> ndarray of shape (n, 48, n_features) in float32.
    """
    past = 48
    observed, calendar = read_rentals(data)
    start, end = scored_hours(len(observed), part)

    def windows(hours):
        before = hours[:, None] + np.arange(-past, 0)
        steps = np.concatenate([observed[before], calendar[before + 1]], axis=2)
        return steps.astype(np.float32)

    return observed[:, 0], np.arange(past, start), np.arange(start, end), windows
