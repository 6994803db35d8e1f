// The arrow keys in a list of rows, which is one Tab stop.

import type { FocusEvent, KeyboardEvent } from "react";

/** The row itself; of a delivery that has ended, which cannot be followed, the link. */
const FIRST_IN_ROW = "[data-row]:enabled, a[href]";

export function rowOf({ target }: FocusEvent | KeyboardEvent): HTMLElement | null {
  return target instanceof Element ? target.closest("li") : null;
}

/** Up and down move from row to row, Home and End to the first and the last, left and right within a row. */
export function moveFocus(event: KeyboardEvent<HTMLUListElement>) {
  const row = rowOf(event);
  const list = [...event.currentTarget.querySelectorAll("li")].flatMap(
    (each) => each.querySelector<HTMLElement>(FIRST_IN_ROW) ?? [],
  );
  const within = [...(row?.querySelectorAll<HTMLElement>("button:enabled, a[href]") ?? [])];
  const [index, place] = [
    list.findIndex((each) => row?.contains(each) ?? false),
    within.findIndex((each) => each === event.target),
  ];
  if (index < 0 || place < 0) return;
  const to = {
    ArrowDown: list[index + 1],
    ArrowUp: list[index - 1],
    Home: list[0],
    End: list.at(-1),
    ArrowRight: within[place + 1],
    ArrowLeft: within[place - 1],
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  to.focus();
}
