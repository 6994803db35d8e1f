#!/usr/bin/env python3
"""times.py CHECKOUT NOTES: makes cargo, which compares the modification times of files, effectively compare their content.

In a fresh clone all files look new, even if they were built before; in another checkout files may look older than the last build,
even if they differ. So each file whose content is what was last seen at its path gets its earlier modification time back, and every other
file gets the current time. NOTES, stored beside the build results, records what was seen.
"""
import hashlib
import json
import os
import pathlib
import sys
import time

checkout, notes = map(pathlib.Path, sys.argv[1:])
seen = json.loads(notes.read_text()) if notes.exists() else {}
now = time.time_ns()
found = {}
for folder, folders, files in os.walk(checkout):
    folders[:] = [name for name in folders if name not in (".git", "node_modules", "target", "dist")]
    for path in (pathlib.Path(folder, name) for name in files):
        if not path.is_symlink():
            name, digest = str(path.relative_to(checkout)), hashlib.sha256(path.read_bytes()).hexdigest()
            known, then = seen.get(name, (None, None))
            found[name] = (digest, then if known == digest else now)
            os.utime(path, ns=(found[name][1],) * 2)
notes.parent.mkdir(parents=True, exist_ok=True)
new = notes.with_suffix(".new")
new.write_text(json.dumps(found))
new.replace(notes)
