// What the live view shows as the URL's hash (`#?q=moto&show=Running&sort=eta&follow=ID`), so that it survives a reload and can
// be linked. Pure.

import { CHIPS, SORTS, type Selection } from "./listing";

export interface LiveParams extends Selection {
  /** The id of the delivery that the map keeps centred, or what its name ends with (`following.ts`). */
  follow: string | null;
}

const MAX_TEXT_LENGTH = 253;

/** Invalid parameters are ignored, as is the address of another view. */
export function parseLive(hash: string): LiveParams {
  const [path = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const params = new URLSearchParams(path === "" ? query : "");
  const text = (key: string) => (params.get(key) ?? "").slice(0, MAX_TEXT_LENGTH);
  return {
    search: text("q"),
    chip: CHIPS.find((chip) => chip === params.get("show")) ?? null,
    sort: SORTS.find((sort) => sort === params.get("sort")) ?? "start",
    follow: text("follow") || null,
  };
}

export function formatLive({ search, chip, sort, follow }: LiveParams): string {
  const params = new URLSearchParams();
  if (search !== "") params.set("q", search);
  if (chip !== null) params.set("show", chip);
  if (sort !== "start") params.set("sort", sort);
  if (follow !== null) params.set("follow", follow);
  const query = params.toString();
  return query === "" ? "#" : `#?${query}`;
}
