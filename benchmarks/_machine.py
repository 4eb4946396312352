"""The machine and its BLAS, on which all figures depend.

Where ``OPENBLAS_CORETYPE`` names an older processor, NumPy runs at a fraction of the
speed of this one. So the kernels that BLAS uses are part of all results, and results
with different ones are not compared.
"""

import os
import platform
import warnings
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import scipy.linalg  # which brings a BLAS of its own
from threadpoolctl import ThreadpoolController

assert scipy.linalg
BLAS = ThreadpoolController().select(user_api="blas")
PACKAGES = (
    *("numpy", "scipy", "numba", "torch", "skorch", "onnxruntime", "sksequence"),
)
CHANGE_KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def blas():
    """Libraries, versions and architectures, as text."""
    libraries = {
        f"{b.internal_api} {b.version} {b.architecture}" for b in BLAS.lib_controllers
    }
    return ", ".join(sorted(libraries))


def architectures():
    """The processors for which the kernels of BLAS are made, as text."""
    found = {str(b.architecture) for b in BLAS.lib_controllers}
    return ", ".join(sorted(found))


def warn_of_kernels():
    """Warn if the environment chooses the kernels of BLAS."""
    for name in CHANGE_KERNELS:
        if name in os.environ:
            unset = " ".join(f"-u {name}" for name in CHANGE_KERNELS)
            warnings.warn(
                f"{name}={os.environ[name]} is set: BLAS may run far below the speed "
                f"of this processor. Start with 'env {unset} python ...'.",
                stacklevel=2,
            )


def machine():
    """What all results depend on, by name."""
    warn_of_kernels()
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    models = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return {
        "date": datetime.now().isoformat(timespec="seconds"),
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else "unknown",
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "blas": blas(),
        "blas_architecture": architectures(),
    }


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
