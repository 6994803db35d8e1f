// The pictures of the documentation show the page as its source is now.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { FOLDER, PICTURES, SIZE, SOURCES, sourceOf } from "./pictures.mjs";

test("no picture is older than the page that it shows", async () => {
  const shot = await readFile(SOURCES, "utf8").then(JSON.parse, () => ({}));
  for (const picture of PICTURES) {
    assert.equal(
      shot[picture.name],
      await sourceOf(picture),
      `docs/pictures/${picture.name}.png was not shot since the page changed: while the demo runs, ` +
        "run npm run pictures --prefix web, look at the pictures, and commit docs/pictures.",
    );
  }
});

test("every picture is a PNG of the same size", async () => {
  for (const { name } of PICTURES) {
    const file = await readFile(`${FOLDER}${name}.png`);
    assert.equal(file.toString("latin1", 1, 4), "PNG", name);
    // The header: after eight bytes of signature, the length and the name of the chunk.
    assert.deepEqual({ width: file.readUInt32BE(16), height: file.readUInt32BE(20) }, SIZE, name);
  }
});

test("what a picture does not show does not change its source", async () => {
  const [map, history] = PICTURES;
  assert.notEqual(await sourceOf(map), await sourceOf(history));
  assert.equal(await sourceOf(map), await sourceOf({ without: [...map.without, "no/such/folder/"] }));
  assert.notEqual(await sourceOf(map), await sourceOf({ without: [...map.without, "theme.css"] }));
});
