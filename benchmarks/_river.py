"""A river: its flow of each day, from the rain and the temperature of all days before.

The flow is simulated, with the equations of the HBV model: snow that melts, soil that
takes up water, and two stores of water underground, the lower of which empties in
months. So today's flow depends on the rain, and on the snow, of a year.
"""

import numpy as np

PARAMETERS = {
    "threshold": 0.5,  # degrees C, below which it snows and above which snow melts
    "melt": 3.0,  # mm a day and degree
    "field_capacity": 200.0,  # mm that the soil holds
    "beta": 2.5,  # how fast soil lets water through as it fills
    "wet": 0.7,  # part of the field capacity above which plants take all they need
    "fast": 0.3,  # part of the upper store above its threshold that flows out in a day
    "upper": 25.0,  # mm, that threshold
    "middle": 0.1,  # part of the upper store
    "percolation": 1.2,  # mm a day from the upper store to the lower one
    "slow": 0.012,  # part of the lower store
    "routing": 3,  # days over which an outflow comes down the river
}


def make_weather(n_days, rng):
    """Rain (mm), temperature (C) and evaporation (mm) of each day.

    Days are wet or dry as a Markov chain of first order has it, and how much it rains
    is exponential (Richardson 1981). The temperature has a season and autocorrelated
    deviations; what could evaporate follows it (Oudin et al. 2005).
    """
    season = 2 * np.pi * np.arange(n_days) / 365.25
    rain, deviation = np.zeros(n_days), np.zeros(n_days)
    is_wet = False
    for t in range(n_days):
        is_wet = rng.random() < (0.62 if is_wet else 0.27)
        if is_wet:
            rain[t] = rng.exponential(7.0 - 1.5 * np.cos(season[t]))
        deviation[t] = 0.8 * deviation[t - 1] + rng.normal(0, 2.2)
    temperature = 6.0 - 11.0 * np.cos(season) + deviation
    radiation = 20.0 - 15.0 * np.cos(season + 0.17)  # MJ a square metre, about 50 N
    evaporation = radiation / 2.45 * np.maximum(temperature + 5, 0) / 100
    return rain, temperature, evaporation


def flow_of(rain, temperature, evaporation, parameters=PARAMETERS):
    """Flow of each day in mm, by the equations of HBV (Seibert & Vis 2012)."""
    p = parameters
    snow, soil, upper, lower = 0.0, 0.6 * p["field_capacity"], 5.0, 60.0
    outflow = np.zeros(len(rain))
    for t, (water, heat, demand) in enumerate(zip(rain, temperature, evaporation)):
        if heat < p["threshold"]:
            snow, water = snow + water, 0.0
        else:
            melt = min(snow, p["melt"] * (heat - p["threshold"]))
            snow, water = snow - melt, water + melt
        recharge = water * min(soil / p["field_capacity"], 1) ** p["beta"]
        soil += water - recharge
        dryness = min(soil / (p["wet"] * p["field_capacity"]), 1)
        soil -= min(soil, demand * dryness)
        upper += recharge
        percolation = min(upper, p["percolation"])
        upper, lower = upper - percolation, lower + percolation
        fast = p["fast"] * max(upper - p["upper"], 0) + p["middle"] * upper
        slow = p["slow"] * lower
        upper, lower = upper - fast, lower - slow
        outflow[t] = fast + slow
    weights = np.bartlett(p["routing"] + 2)[1:-1]  # a triangle
    return np.convolve(outflow, weights / weights.sum())[: len(outflow)]


def make_river(n_years, random_state=0):
    """Years of a river whose gauge errs by 5 %.

    Returns
    -------
    weather : ndarray of shape (n_days, 4)
        Rain, temperature, and the day of the year as a point on a circle.
    flow : ndarray of shape (n_days,)
        In mm a day.
    """
    rng = np.random.default_rng(random_state)
    n_days = int(365.25 * n_years)
    rain, temperature, evaporation = make_weather(n_days, rng)
    flow = flow_of(rain, temperature, evaporation)
    flow *= np.exp(rng.normal(0, 0.05, n_days))
    season = 2 * np.pi * np.arange(n_days) / 365.25
    return np.column_stack([rain, temperature, np.sin(season), np.cos(season)]), flow
