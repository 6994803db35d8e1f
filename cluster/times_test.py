#!/usr/bin/env python3
"""Tests times.py: content that was last seen keeps its modification time, in any checkout; everything else is new."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).with_name("times.py")
passed = 0


def seen(checkout, notes):
    """Runs times.py and returns the modification times of the checkout's files."""
    subprocess.run([sys.executable, SCRIPT, checkout, notes], check=True)
    return {path.name: path.stat().st_mtime_ns for path in checkout.iterdir()}


def ok(holds, name):
    global passed
    if not holds:
        sys.exit(f"not ok - {name}")
    passed += 1
    print(f"ok {passed} - {name}")


with tempfile.TemporaryDirectory() as folder:
    one, other, notes = (pathlib.Path(folder, name) for name in ("one", "other", "notes.json"))
    for checkout, content in ((one, "new"), (other, "old")):
        checkout.mkdir()
        (checkout / "same.rs").write_text("same")
        (checkout / "changed.rs").write_text(content)
    first = seen(one, notes)
    (one / "same.rs").touch()
    ok(seen(one, notes) == first, "Unchanged content keeps its time, even if the file was rewritten")
    second = seen(other, notes)
    ok(second["same.rs"] == first["same.rs"], "Another checkout's file with the same content gets the same time")
    ok(second["changed.rs"] > first["changed.rs"], "A file with other content is newer than the build of the first checkout")
    ok(seen(one, notes)["changed.rs"] > second["changed.rs"], "So is the first checkout's file when it is built again after the other")
print(f"# pass {passed}")
