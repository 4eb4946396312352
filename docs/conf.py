"""Sphinx configuration: guide by hand, API and gallery from the package itself."""

import inspect
import os
import pkgutil
import re
import sys
from importlib import import_module
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")
HERE = Path(__file__).parent
BENCHMARKS = HERE.parent / "benchmarks"
sys.path[:0] = [str(HERE / "user_guide" / "figures"), str(BENCHMARKS)]

import numpy as np  # noqa: E402

import sksequence  # noqa: E402

project = "sksequence"
author = "the sksequence developers"
copyright = author
version = release = sksequence.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "matplotlib.sphinxext.plot_directive",
]
exclude_patterns = [
    "_build",
    "api/_tables.rst",
    "performance/_*.rst",
    "gallery",
    "**/figures",
]
templates_path = ["_templates"]
default_role = "py:obj"
highlight_language = "default"  # Python where it is, plain text where it is equations

# -- API -------------------------------------------------------------------------------

autosummary_generate = ["api/_tables.rst"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False


def public_modules():
    """The package and all folders and files in it that have an ``__all__``."""
    found = [sksequence]
    for module in found:  # which grows
        for info in pkgutil.iter_modules(
            getattr(module, "__path__", []), f"{module.__name__}."
        ):
            if not info.name.rsplit(".", 1)[1].startswith("_"):
                inner = import_module(info.name)
                if hasattr(inner, "__all__"):
                    found.append(inner)
    return found


# What users need comes first, in this order; the layers below the estimators follow.
FIRST = ["", "preprocessing", "metrics", "datasets", "inspection", "io", "onnx"]
LAST = ["cells", "cells.compiled", "sequences", "network", "objectives", "training"]


def api_sections():
    """(module, objects, tables) of each section: every public name once."""
    modules = {m.__name__.partition(".")[2]: m for m in public_modules()}
    others = [name for name in modules if name not in FIRST + LAST]
    seen = set()
    for name in [*FIRST, *others, *LAST]:
        if name not in modules:
            continue
        module = modules[name]
        objects, tables = [], []
        for public in module.__all__:
            value = getattr(module, public)
            is_compiled = hasattr(value, "py_func")
            if inspect.isclass(value) or inspect.isroutine(value) or is_compiled:
                if id(value) not in seen:
                    seen.add(id(value))
                    objects.append(public)
            elif isinstance(value, (dict, tuple)):
                tables.append(public)
        if objects:
            yield module, objects, tables


def write_api_tables():
    """Write api/_tables.rst, from which autosummary makes a page for each name."""
    lines = []
    for module, objects, tables in api_sections():
        first, *rest = inspect.getdoc(module).split("\n\n")
        lines += [module.__name__, "-" * len(module.__name__), ""]
        lines += [first, ""]
        if module.__name__.partition(".")[2] in LAST:
            for paragraph in rest:
                if paragraph.startswith("::"):
                    break
                lines += [paragraph, ""]
        lines += [
            f".. currentmodule:: {module.__name__}",
            "",
            ".. autosummary::",
            "   :toctree: generated",
            "   :nosignatures:",
            "",
            *[f"   {name}" for name in objects],
            "",
        ]
        for table in tables:
            entries = getattr(module, table)
            if table == "CELLS":  # what each name stands for says the most
                names = [
                    f'- ``"{key}"`` is ``{cell}``' for key, cell in entries.items()
                ]
                lines += [f"Names in ``{table}``:", "", *names, ""]
                continue
            names = ", ".join(f'``"{key}"``' for key in entries)
            lines += [f"Names in ``{table}``: {names}.", ""]
    target, text = HERE / "api" / "_tables.rst", "\n".join(lines)
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


def write_speed_table():
    """Write performance/_table.rst from the measurements of benchmarks/speed.py."""
    from _results import FOLDER
    from _workloads import PEER_NAMES
    from compare import MAIN, geometric_mean, grouped, read

    _, rows = read(FOLDER / "speed.csv")
    rows = [r for r in rows if r["level"] == "estimator" and r["workload"] in MAIN]
    rows = [r for r in rows if r["threads"] == 1 or r["operation"] == "fit"]
    engines = list(dict.fromkeys(row["engine"] for row in rows))
    names = ("operation", "threads", "lengths", "cell", "peer")
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "",
        *_table_row("call", *names[1:4], "beside", *engines, "faster at all sizes"),
    ]
    for (operation, *case, peer), members in grouped(rows, names).items():
        figures = []
        for engine in engines:
            ratios = [row["ratio"] for row in members if row["engine"] == engine]
            least, greatest = min(ratios), max(ratios)
            mean = geometric_mean(ratios)
            figures.append(f"{mean:.2f} ({least:.2f} to {greatest:.2f})")
        faster = "neither"  # of the last engine
        if round(least, 2) > 1:
            faster = "sksequence"
        elif round(greatest, 2) < 1:
            faster = PEER_NAMES[peer].partition(",")[0]
        operation = operation.replace("_", " ")
        lines += _table_row(operation, *case, PEER_NAMES[peer], *figures, faster)
    (HERE / "performance" / "_table.rst").write_text("\n".join(lines) + "\n")


def write_memory_table():
    """Write performance/_memory.rst from the measurements of benchmarks/memory.py."""
    from _results import FOLDER, read

    cases = {}
    for row in read(FOLDER / "memory.csv")[1]:
        if row["part"] == "compare":
            sizes = ("n_steps", "batch", "n_features", "n_units")
            case = ", ".join(row[size] for size in sizes), row["lengths"], row["cell"]
            figures = float(row["growth_mb"]), float(row["total_mb"])
            cases.setdefault(case, {}).setdefault(row["side"], []).append(figures)
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "",
        *_table_row(
            "", "lengths", "cell", "ours adds", "theirs", "ours in all", "theirs"
        ),
    ]
    for case, sides in cases.items():
        ours, theirs = (np.median(sides[side], axis=0) for side in ("ours", "theirs"))
        figures = (ours[0], theirs[0], ours[1], theirs[1])
        lines += _table_row(*case, *(f"{value:.0f}" for value in figures))
    (HERE / "performance" / "_memory.rst").write_text("\n".join(lines) + "\n")


def write_fitted():
    """Write user_guide/_fitted.html: what a notebook shows of a fitted pipeline."""
    from sklearn.pipeline import make_pipeline

    from sksequence import RNNClassifier
    from sksequence.preprocessing import TokenEncoder

    clf = RNNClassifier(16, embedding_dim=8, max_iter=1, random_state=0)
    pipe = make_pipeline(TokenEncoder(), clf).fit(["a good film", "a bad one"], [1, 0])
    html = pipe._repr_html_()
    (HERE / "user_guide" / "_fitted.html").write_text(html, encoding="utf-8")


def _table_row(first, *others):
    return [f"   * - {first}", *(f"     - {other}" for other in others)]


def members(fullname):
    """(methods, properties) of a class that this package defines, in their order."""
    module, _, name = fullname.rpartition(".")
    cls = getattr(import_module(module), name)
    methods, properties, inherited = [], [], []
    for member in dir(cls):
        if member.startswith("_"):
            continue
        value = inspect.getattr_static(cls, member)
        function = getattr(value, "func", None) or getattr(value, "fget", None) or value
        function = inspect.unwrap(getattr(function, "__func__", function))
        home = getattr(function, "__module__", None) or ""
        if isinstance(value, property) or type(value).__name__ == "cached_property":
            if home.startswith("sksequence"):
                properties.append(member)
        elif inspect.isroutine(value) or inspect.isroutine(function):
            if home.startswith("sksequence"):
                methods.append(member)
            elif home.startswith("sklearn") or member == "set_output":
                inherited.append(member)
    order = [name for base in cls.__mro__ for name in vars(base)]
    first = [name for name in ("fit", "partial_fit", "predict") if name in methods]
    methods = first + [m for m in sorted(methods, key=order.index) if m not in first]
    return methods, sorted(properties, key=order.index), inherited


# By name of the class, for _templates/autosummary/class.rst.
autosummary_context = {
    "own_members": {
        f"{module.__name__}.{name}": members(f"{module.__name__}.{name}")
        for module, names, _ in api_sections()
        for name in names
        if inspect.isclass(getattr(module, name))
    }
}


def prepare_docstring(app, what, name, obj, options, lines):
    """What reads well in the source and needs a hint for Sphinx."""
    result = []
    for line in lines:
        # Not a link to docutils:
        line = re.sub(r"of shape \((\w+_),", r"of shape (``\1``,", line)
        if line.rstrip().endswith("::") and not line.lstrip().startswith(".."):
            # Equations are not Python.
            before = line.rstrip()[:-1] if line.strip() != "::" else ""
            indent = line[: len(line) - len(line.lstrip())]
            result += [before] if before else []
            result += ["", f"{indent}.. code-block:: text"]
        else:
            result.append(line)
    lines[:] = result


# -- pictures and gallery --------------------------------------------------------------

plot_include_source = False
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("png", 130)]
plot_rcparams = {"font.size": 10, "savefig.bbox": "tight", "figure.dpi": 100}
plot_apply_rcparams = True

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "plot_",
    "backreferences_dir": "api/generated/backreferences",
    "doc_module": ("sksequence",),
    "show_memory": False,
    "capture_repr": (),
    "write_computation_times": False,
    "download_all_examples": False,
    "abort_on_example_error": False,
    "within_subsection_order": "FileNameSortKey",
    "min_reported_time": 1,
    "remove_config_comments": True,
    "plot_gallery": "True",
    "image_scrapers": ("matplotlib",),
    "matplotlib_animations": False,
}

# -- html ------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = f"sksequence {version}"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
html_sidebars = {
    "index": [],
    "install": [],
    "getting_started": [],
    "changelog": [],
}


def setup(app):
    write_api_tables()
    write_speed_table()
    write_memory_table()
    write_fitted()
    app.connect("autodoc-process-docstring", prepare_docstring, priority=400)
