"""What the sdist and the wheel hold: all of the package, the licences, nothing else.

The wheel has less than a megabyte, and the changelog begins with its version.
"""

import re
import sys
import tarfile
import zipfile
from pathlib import Path

PACKAGE = "sksequence"
MOST_BYTES = 1_050_000  # of a wheel, of which data are 430,000
BESIDE = {"LICENSE", "README.md", "pyproject.toml", "tests/helpers.py"}

folder, root = Path(sys.argv[1]), Path(__file__).parents[1]
(wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")

files = (path for path in (root / PACKAGE).rglob("*") if path.is_file())
package = {path.relative_to(root).as_posix() for path in files if path.suffix != ".pyc"}
licences = {name for name in package if name.endswith("LICENSE.txt")} | {"LICENSE"}
assert f"{PACKAGE}/py.typed" in package, "the package is not marked as typed"
assert len(licences) > 1, "the data sets have no licences"

with zipfile.ZipFile(wheel) as archive:
    inside = set(archive.namelist())
metadata = {name for name in inside if name.split("/")[0].endswith(".dist-info")}
assert inside - metadata == package, sorted((inside - metadata) ^ package)
kept = {name.partition("/licenses/")[2] for name in metadata}
assert licences <= kept, sorted(licences - kept)

with tarfile.open(sdist) as archive:
    inside = {name.partition("/")[2] for name in archive.getnames()}
assert package | BESIDE <= inside, (package | BESIDE) - inside

size = wheel.stat().st_size
assert size < MOST_BYTES, f"the wheel has {size:,} bytes"

version = wheel.name.split("-")[1].partition(".dev")[0]
changelog = (root / "docs" / "changelog.rst").read_text(encoding="utf-8")
first = re.search(r"^(\d+\.\d+\.\d+) ", changelog, re.MULTILINE)
assert first, "the changelog has no version"
assert first[1] == version, f"the changelog does not begin with {version}"

held = f"{len(package)} files of the package, {len(licences)} licences"
print(f"{wheel.name}: {size:,} bytes, {held}")
