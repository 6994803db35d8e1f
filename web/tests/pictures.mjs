// The pictures of the documentation: which there are, and what of the page's source each shows. `npm run pictures` shoots them.

import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The folder of the pictures, and the file in it with the state of the source that each was shot from. */
export const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
export const SOURCES = `${FOLDER}sources.json`;

export const SIZE = { width: 1280, height: 800 };

const DELIVERY_PAGE = ["delivery/", "components/delivery/", "i18n-delivery.ts"];
const HISTORY_VIEW = ["history/", "components/history/", "i18n-history.ts"];

/** Each picture, and the parts of the source that it does not show. */
export const PICTURES = [
  { name: "map", without: [...DELIVERY_PAGE, ...HISTORY_VIEW] },
  { name: "history", without: DELIVERY_PAGE },
];

const SRC = new URL("../src/", import.meta.url);
/** What is not part of the page. */
const FOR_TESTS = /\.test\.tsx?$|^fixtures\.ts$|^fuzzing\.ts$/;

/** The state of the source that a picture shows: a hash of the names and contents of its files. */
export async function sourceOf({ without }) {
  const files = await readdir(SRC, { recursive: true, withFileTypes: true });
  const root = fileURLToPath(SRC);
  const names = files
    .filter((file) => file.isFile())
    .map((file) => `${file.parentPath}/${file.name}`.replaceAll("//", "/").slice(root.length))
    .filter((name) => !FOR_TESTS.test(name) && !without.some((part) => name.startsWith(part)))
    .sort();
  const hash = createHash("sha256");
  for (const name of names) {
    hash.update(`${name}\n`).update(await readFile(new URL(name, SRC)));
  }
  return hash.digest("hex");
}
