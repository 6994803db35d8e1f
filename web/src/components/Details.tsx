import { Fragment } from "react";

/** Names in a row, each in its own direction. */
export function Details({ of }: { of: readonly string[] }) {
  return of.map((text, index) => (
    <Fragment key={text}>
      {index > 0 && " · "}
      <bdi>{text}</bdi>
    </Fragment>
  ));
}
