// The notifications of one recipient, as the bell shows them. Pure: requests are in `inbox-watch.ts`.

import type { ServiceProblem } from "./client";
import { delayAfter } from "./poll";
import type { Notice } from "./shapes";
import type { Health } from "./state";

export type Mark = "read" | "unread";

export interface Inbox {
  /** The newest first; null: not known yet. */
  notices: readonly Notice[] | null;
  /** How many stand and are unread, also beyond those that are listed; null: not known yet. */
  unread: number | null;
  health: Health;
  failures: number;
  /** Why the last mark was not made; null: it was. */
  problem: ServiceProblem | null;
}

export type InboxAction =
  | { type: "counted"; unread: number }
  | { type: "listed"; notices: readonly Notice[] }
  | { type: "failed"; problem: ServiceProblem }
  | { type: "marked"; id: string; mark: Mark; now: number }
  | { type: "notMarked"; problem: ServiceProblem };

export const EMPTY_INBOX: Inbox = {
  notices: null,
  unread: null,
  health: "unknown",
  failures: 0,
  problem: null,
};

/** How often the count is asked for while the list is closed, milliseconds. */
const CLOSED_INTERVAL = 10_000;
/** The same while the gateway tells of every change: only to notice that the service itself is away. */
const RELAYED_INTERVAL = 60_000;

export function reduceInbox(inbox: Inbox, action: InboxAction): Inbox {
  switch (action.type) {
    case "counted":
      return { ...inbox, unread: action.unread, health: "present", failures: 0 };
    case "listed":
      return { ...inbox, notices: action.notices, health: "present", failures: 0 };
    case "failed": {
      const { kind } = action.problem;
      const health = kind === "absent" || kind === "away" ? kind : "present";
      return { ...inbox, health, failures: inbox.failures + 1 };
    }
    case "marked":
      return mark(inbox, action);
    case "notMarked":
      return { ...inbox, problem: action.problem };
  }
}

/** Those that stand, and those that were cancelled. */
export function partsOf({ notices }: Inbox): { standing: readonly Notice[]; canceled: readonly Notice[] } {
  const all = notices ?? [];
  return {
    standing: all.filter(({ canceledAt }) => canceledAt === null),
    canceled: all.filter(({ canceledAt }) => canceledAt !== null),
  };
}

/** How long until the next request, milliseconds. */
export function waitOf({ failures }: Inbox, isOpen: boolean, isRelayed: boolean): number {
  if (isRelayed && failures === 0) return RELAYED_INTERVAL;
  return isOpen ? delayAfter(failures) : Math.max(CLOSED_INTERVAL, delayAfter(failures));
}

function mark(inbox: Inbox, { id, mark: to, now }: { id: string; mark: Mark; now: number }): Inbox {
  const before = inbox.notices?.find((notice) => notice.id === id);
  if (before === undefined || (before.readAt === null) === (to === "unread")) {
    return { ...inbox, problem: null };
  }
  const after = { ...before, readAt: to === "read" ? now : null };
  const change = to === "read" ? -1 : 1;
  return {
    ...inbox,
    notices: inbox.notices?.map((notice) => (notice === before ? after : notice)) ?? null,
    unread: inbox.unread === null ? null : Math.max(0, inbox.unread + change),
    problem: null,
  };
}
