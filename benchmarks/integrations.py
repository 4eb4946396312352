"""What works with libraries around scikit-learn: each row of the docs' table, run.

    python benchmarks/integrations.py [--rows NAME ...]

A row is a function that raises an error if it does not work; what it returns is printed
as what was seen. Rows whose library is not installed are skipped, and say so.
"""

import argparse
import tempfile
import time
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import joblib
import numpy as np
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from sksequence import RaggedArray, RNNClassifier, RNNRegressor
from sksequence.datasets import load_japanese_vowels, make_adding_problem
from sksequence.preprocessing import ByIndex, from_panel, to_panel

X, Y = load_japanese_vowels(subset="train", return_X_y=True)
X_TEST, Y_TEST = load_japanese_vowels(subset="test", return_X_y=True)
ROWS = np.arange(len(X))[:, None]
ROWS_TEST = len(X) + np.arange(len(X_TEST))[:, None]
EVERY = [*X, *X_TEST]
INTEGRATIONS = {}  # name -> (library, function)


def integration(name, library="scikit-learn"):
    def register(function):
        INTEGRATIONS[name] = library, function
        return function

    return register


def network(**settings):
    return RNNClassifier(16, **{"max_iter": 15, "random_state": 0} | settings)


def by_index(**settings):
    return make_pipeline(ByIndex(EVERY), network(**settings))


def accuracy(model, rows=ROWS_TEST):
    return f"accuracy {np.mean(model.predict(rows) == Y_TEST):.3f}"


# -- searches on clusters --------------------------------------------------------------


def search():
    found = GridSearchCV(network(), {"cell": ["rnn", "gru"]}, cv=2, n_jobs=2)
    return found.fit(X, Y).best_score_


def same_as_here(score):
    assert score == search(), "not what one process finds"
    return f"score {score:.3f}, that of one process"


@integration("a search on processes, joblib")
def loky():
    with joblib.parallel_config("loky"):
        return same_as_here(search())


@contextmanager
def dask_client():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as here,
        Client(here),
    ):
        yield


@integration("a search on a Dask cluster", "dask")
def dask():
    with dask_client(), joblib.parallel_config("dask"):
        found = search()
    return same_as_here(found)


@integration("a search on a Ray cluster", "ray")
def ray():
    import ray
    from ray.util.joblib import register_ray

    register_ray()
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error")
    try:
        with joblib.parallel_config("ray"):
            found = search()
    finally:
        ray.shutdown()
    return same_as_here(found)


@integration("predictions in parts: ParallelPostFit", "dask-ml")
def post_fit():
    import dask.array as da
    from dask_ml.wrappers import ParallelPostFit

    # Blocks of indices: a Dask array holds no sequences of unequal length.
    model = ParallelPostFit(by_index()).fit(ROWS, Y)
    found = model.predict(da.from_array(ROWS_TEST, chunks=(100, 1))).compute()
    return f"accuracy {np.mean(found == Y_TEST):.3f}, in 4 blocks"


# -- searches and records --------------------------------------------------------------


@integration("a study with pruning", "optuna")
def optuna():
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    half = len(X) // 2
    order = np.random.default_rng(0).permutation(len(X))
    train, dev = order[:half], order[half:]

    def objective(trial):
        rate = trial.suggest_float("learning_rate_init", 1e-5, 1e-1, log=True)
        clf = network(learning_rate_init=rate, learning_rate="constant")
        for epoch in range(10):
            clf.partial_fit(X[train], Y[train], classes=np.unique(Y))
            score = clf.score(X[dev], Y[dev])
            trial.report(score, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return score

    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2),
    )
    study.optimize(objective, n_trials=8)
    pruned = sum(t.state == optuna.trial.TrialState.PRUNED for t in study.trials)
    return f"best {study.best_value:.3f}, {pruned} of 8 trials pruned"


@integration("log and load a model", "mlflow")
def mlflow():
    import mlflow

    clf = network().fit(X, Y)
    with tempfile.TemporaryDirectory() as folder:
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        mlflow.create_experiment("vowels", artifact_location=Path(folder).as_uri())
        mlflow.set_experiment("vowels")
        with mlflow.start_run():
            mlflow.log_params(clf.get_params())
            for row in clf.history_:
                mlflow.log_metric("loss", row["loss"], step=row["epoch"])
            # No signature: it would describe a table.
            model = mlflow.sklearn.log_model(
                clf, name="model", serialization_format="cloudpickle"
            )
        loaded = mlflow.sklearn.load_model(model.model_uri)
        assert (loaded.predict_proba(X_TEST) == clf.predict_proba(X_TEST)).all()
    return "predictions are the same bits"


# -- what can be said of predictions ---------------------------------------------------


@integration("conformal sets, split", "mapie")
def conformal_sets():
    from mapie.classification import SplitConformalClassifier

    half = len(X) // 2
    order = np.random.default_rng(0).permutation(len(X))
    train, rest = order[:half], order[half:]
    # Frozen: of a pipeline MAPIE tries the last step alone, on an array of zeros.
    clf = FrozenEstimator(by_index().fit(ROWS[train], Y[train]))
    split = SplitConformalClassifier(clf, confidence_level=0.9, prefit=True)
    split.conformalize(ROWS[rest], Y[rest])
    sets = split.predict_set(ROWS_TEST)[1][:, :, 0]
    covered = sets[np.arange(len(Y_TEST)), np.searchsorted(np.unique(Y), Y_TEST)]
    return f"90 % asked, {covered.mean():.1%} covered, {sets.sum(1).mean():.2f} labels"


@integration("conformal sets, crossed", "mapie")
def crossed_sets():
    from mapie.classification import CrossConformalClassifier

    cross = CrossConformalClassifier(by_index(), confidence_level=0.9, cv=3)
    sets = cross.fit_conformalize(ROWS, Y).predict_set(ROWS_TEST)[1][:, :, 0]
    covered = sets[np.arange(len(Y_TEST)), np.searchsorted(np.unique(Y), Y_TEST)]
    return f"90 % asked, {covered.mean():.1%} covered, {sets.sum(1).mean():.2f} labels"


def adding():
    sequences, y = make_adding_problem(300, 12, min_steps=4, random_state=0)
    reg = make_pipeline(ByIndex(sequences), RNNRegressor(16, max_iter=60))
    return reg, np.arange(300)[:, None], y


@integration("conformal intervals, split", "mapie")
def intervals():
    from mapie.regression import SplitConformalRegressor

    reg, rows, y = adding()
    frozen = FrozenEstimator(reg.fit(rows[:100], y[:100]))
    split = SplitConformalRegressor(frozen, confidence_level=0.9, prefit=True)
    split.conformalize(rows[100:200], y[100:200])
    low, high = split.predict_interval(rows[200:])[1][:, :, 0].T
    covered = np.mean((low <= y[200:]) & (y[200:] <= high))
    return f"90 % asked, {covered:.1%} covered"


@integration("conformal intervals, crossed", "mapie")
def crossed_intervals():
    from mapie.regression import CrossConformalRegressor

    reg, rows, y = adding()
    cross = CrossConformalRegressor(reg, confidence_level=0.9, cv=3)
    cross.fit_conformalize(rows[:200], y[:200])
    low, high = cross.predict_interval(rows[200:])[1][:, :, 0].T
    covered = np.mean((low <= y[200:]) & (y[200:] <= high))
    return f"90 % asked, {covered:.1%} covered"


@integration("integrated gradients in its plots", "shap")
def shap():
    import matplotlib

    matplotlib.use("agg")
    import shap

    from sksequence.inspection import integrated_gradients

    clf = network().fit(X, Y)
    found = integrated_gradients(clf, X_TEST[:50])
    values = np.array([a.sum(axis=0) for a in found])  # a feature, over all steps
    data = np.array([x.mean(axis=0) for x in X_TEST[:50]])
    names = [f"coefficient {k}" for k in range(X.values.shape[1])]
    explained = shap.Explanation(values, data=data, feature_names=names)
    ax = shap.plots.beeswarm(explained, show=False)
    assert ax.collections
    return "a beeswarm of 12 features"


# -- estimators around estimators ------------------------------------------------------


@integration("classes made equally frequent by resampling", "imbalanced-learn")
def resampling():
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline as with_resampling

    rare = np.flatnonzero((Y > 2) | (np.arange(len(Y)) % 5 == 0))
    model = with_resampling(RandomOverSampler(random_state=0), *by_index())
    return accuracy(model.fit(ROWS[rare], Y[rare]))


@integration("bagging")
def bagging():
    bag = BaggingClassifier(by_index(), n_estimators=3, random_state=0)
    return accuracy(bag.fit(ROWS, Y))


@integration("self-training")
def self_training():
    known = np.where(np.arange(len(Y)) % 3 == 0, Y, -1)
    model = SelfTrainingClassifier(by_index()).fit(ROWS, known)
    return accuracy(model) + ", a third of the labels known"


@integration("one against one")
def one_against_one():
    return accuracy(OneVsOneClassifier(by_index()).fit(ROWS, Y))


@integration("sequences beside columns: ColumnTransformer", "pandas")
def beside_columns():
    import pandas as pd

    def table(sequences):
        cells = np.empty(len(sequences), dtype=object)
        cells[:] = list(sequences)
        lengths = [float(len(x)) for x in sequences]
        return pd.DataFrame({"sound": cells, "length": lengths})

    columns = [("rnn", network(), "sound"), ("scaled", StandardScaler(), ["length"])]
    model = make_pipeline(ColumnTransformer(columns), LogisticRegression(max_iter=2000))
    score = model.fit(table(X), Y).score(table(X_TEST), Y_TEST)
    return f"accuracy {score:.3f}"


# -- forms of data ---------------------------------------------------------------------


def there_and_back(sequences, formats, other, **axes):
    """Through each format, and through a check of the other library."""
    for format in formats:
        panel = to_panel(sequences, format, **axes)
        other(panel, format)
        for x, found in zip(sequences, from_panel(panel, **axes), strict=True):
            np.testing.assert_array_equal(found, x)
    return ", ".join(formats)


EQUAL = [x[:7] for x in X[:20]]
UNEQUAL = [np.array(x) for x in X[:20]]


@integration("panels of aeon", "aeon")
def aeon():
    from aeon.utils.conversion import convert_collection
    from aeon.utils.validation.collection import get_type

    def check(panel, format):
        assert get_type(panel) == format, (get_type(panel), format)
        converted = convert_collection(panel, "np-list")
        for x, found in zip(EQUAL, from_panel(converted), strict=True):
            np.testing.assert_allclose(found, x)

    formats = ["numpy3D", "np-list", "df-list"]
    there_and_back(EQUAL, ["pd-multiindex"], check)
    seen = there_and_back(EQUAL, formats, check, channels_first=True)
    return seen + ", pd-multiindex"


@integration("panels of sktime", "sktime")
def sktime():
    from sktime.datatypes import check_is_mtype

    kinds = {"pd-multiindex", "nested_univ", "df-list", "numpy3D"}

    def check(panel, format):
        assert check_is_mtype(panel, format, "Panel")

    seen = there_and_back(EQUAL, sorted(kinds), check)
    there_and_back(UNEQUAL, sorted(kinds - {"numpy3D"}), check)
    return seen


def long_table():
    return {
        "recording": np.repeat(np.arange(20), [len(x) for x in UNEQUAL]),
        "first": np.concatenate([x[:, 0] for x in UNEQUAL]),
        "second": np.concatenate([x[:, 1] for x in UNEQUAL]),
    }


def check_frame(frame):
    found = RaggedArray.from_frame(frame, by="recording")
    for x, row in zip(UNEQUAL, found, strict=True):
        np.testing.assert_array_equal(row, x[:, :2])
    clf = network(max_iter=1).fit(found, np.arange(20) % 2)
    assert list(clf.feature_names_in_) == ["first", "second"]
    return "20 sequences, with names"


@integration("frames of pandas", "pandas")
def pandas():
    import pandas as pd

    return check_frame(pd.DataFrame(long_table()))


@integration("frames of polars, lazy ones collected", "polars")
def polars():
    import polars as pl

    frame = pl.DataFrame(long_table())
    check_frame(frame)
    return check_frame(frame.lazy().filter(pl.col("recording") >= 0).collect())


@integration("tables of pyarrow", "pyarrow")
def pyarrow():
    import pyarrow as pa

    return check_frame(pa.table(long_table()))


# -- the table -------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", nargs="+", default=list(INTEGRATIONS))
    args = parser.parse_args()
    failed = 0
    for name in args.rows:
        library, function = INTEGRATIONS[name]
        try:
            known = f"{library} {version(library)}"
        except ImportError:
            print(f"{name}: not tried, {library} is not installed", flush=True)
            continue
        started = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                seen = function()
        except Exception as error:
            failed += 1
            seen = f"FAILED: {type(error).__name__}: {str(error)[:200]}"
        seconds = time.perf_counter() - started
        print(f"{name} | {known} | {seen} | {seconds:.0f} s", flush=True)
    print(f"scikit-learn {sklearn.__version__}: {failed} of {len(args.rows)} failed")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
