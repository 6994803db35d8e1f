#!/usr/bin/env python3
"""What times.py promises: contents that were seen last keep their time, in whichever checkout; all others are new."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).with_name("times.py")
passed = 0


def seen(checkout, notes):
    """Runs it; the times of the checkout's files."""
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
    ok(seen(one, notes) == first, "What has its content keeps its time, though it was written anew")
    second = seen(other, notes)
    ok(second["same.rs"] == first["same.rs"], "Another checkout's file of the same content has the same time")
    ok(second["changed.rs"] > first["changed.rs"], "One of another content is newer than what was built of the first")
    ok(seen(one, notes)["changed.rs"] > second["changed.rs"], "So is the first, when it comes back after the other")
print(f"# pass {passed}")
