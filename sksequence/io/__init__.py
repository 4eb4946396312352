"""Files of fitted models, from which no code is run when they are loaded.

``_objects`` turns a model into plain values and arrays and back, by way of skops;
``_nodes`` says what of skops' format may be in a file, and by which names;
``_files`` is the public interface.
"""

from .._container import DamagedFile
from ._files import load, save

__all__ = ["DamagedFile", "load", "save"]
