#!/usr/bin/env python3
"""natives.py JARS FOLDER: extracts the shared libraries for this platform that the jars in JARS carry (zstd, snappy, lz4) into FOLDER.

Java extracts and loads them when a record needs them, so an image must hold what they depend on, too.
"""
import pathlib
import re
import sys
import zipfile

jars, folder = map(pathlib.Path, sys.argv[1:])
folder.mkdir(parents=True)
for jar in sorted(jars.glob("*.jar")):
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if re.search(r"(^|/)linux/(amd64|x86_64)/[^/]+\.so$", name, re.IGNORECASE):
                (folder / pathlib.Path(name).name).write_bytes(archive.read(name))
if not any(folder.iterdir()):
    sys.exit(f"error: The jars in {jars} carry no shared library for Linux on x86-64; if that is so by now, remove this step from cluster/build.sh.")
