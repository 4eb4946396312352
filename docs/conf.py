"""Sphinx configuration: guide by hand, API and gallery from the package itself."""

import inspect
import os
import re
import sys
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")
HERE = Path(__file__).parent
BENCHMARKS = HERE.parent / "benchmarks"
sys.path[:0] = [
    str(HERE / "_sphinx"),
    str(HERE / "user_guide" / "figures"),
    str(BENCHMARKS),
]

import chooser  # noqa: E402
import fitted  # noqa: E402
import links  # noqa: E402
import measurements  # noqa: E402
import reference  # noqa: E402

import sksequence  # noqa: E402

project = "sksequence"
author = "the sksequence developers"
copyright = author
version = release = sksequence.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # MathJax is part of the site, which needs no network
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
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


# By name of the class, for _templates/autosummary/class.rst.
autosummary_context = {
    "own_members": {
        f"{module.__name__}.{name}": reference.members(f"{module.__name__}.{name}")
        for module, names, _ in reference.api_sections()
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
    "parallel": 2,
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

# -- what is copied: code without prompts and without what it prints -----------------

copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

# -- html ------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = f"sksequence {version}"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["version-switcher", "theme-switcher", "navbar-icon-links"],
    # One folder a release beside dev/, of which this file of the newest one knows.
    "switcher": {"json_url": "_static/versions.json", "version_match": version},
    "check_switcher": False,
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
    "cheat_sheet": [],
    "faq": [],
    "promises": [],
    "performance/index": [],
}


def write(path, text):
    """Write a file, unless it has that text: Sphinx would read it anew."""
    target = HERE / path
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def setup(app):
    write("api/_tables.rst", reference.tables())
    write("performance/_table.rst", measurements.speed_table())
    write("performance/_memory.rst", measurements.memory_table())
    write("_chooser.html", chooser.html())
    write("user_guide/_fitted.html", fitted.html())
    # It only adds files to the site, and does not say that pages may be read at once.
    app.extensions["sphinx-mathjax-offline"].parallel_read_safe = True
    app.connect("missing-reference", links.link)
    app.connect("autodoc-process-docstring", prepare_docstring, priority=400)
