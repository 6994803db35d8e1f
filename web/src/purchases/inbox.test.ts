import { describe, expect, test } from "vitest";
import { notices, sentNotice } from "./fixtures";
import { EMPTY_INBOX, partsOf, reduceInbox, waitOf, type Inbox, type InboxAction } from "./inbox";

const after = (...actions: InboxAction[]): Inbox => actions.reduce(reduceInbox, EMPTY_INBOX);
const all = notices(
  sentNotice("a", { createdAt: 3 }),
  sentNotice("b", { createdAt: 2, readAt: 9 }),
  sentNotice("c", { createdAt: 1, canceledAt: 9 }),
);
const known = after({ type: "listed", notices: all }, { type: "counted", unread: 1 });
const readAt = ({ notices: listed }: Inbox, id: string) => listed?.find((each) => each.id === id)?.readAt;

describe("the inbox", () => {
  test("has cancelled notifications apart from those that stand", () => {
    const { standing, canceled } = partsOf(known);
    expect(standing.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(canceled.map(({ id }) => id)).toEqual(["c"]);
    expect(partsOf(EMPTY_INBOX)).toEqual({ standing: [], canceled: [] });
  });

  test("counts what is marked, once, and leaves the order alone", () => {
    const read = reduceInbox(known, { type: "marked", id: "a", mark: "read", now: 50 });
    expect(readAt(read, "a")).toBe(50);
    expect(read.unread).toBe(0);
    expect(reduceInbox(read, { type: "marked", id: "a", mark: "read", now: 60 })).toEqual(read);
    const unread = reduceInbox(read, { type: "marked", id: "b", mark: "unread", now: 70 });
    expect(readAt(unread, "b")).toBeNull();
    expect(unread.unread).toBe(1);
    expect(unread.notices?.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("says why something could not be marked until the next mark", () => {
    const refused = reduceInbox(known, { type: "notMarked", problem: { kind: "away" } });
    expect(refused.problem).toEqual({ kind: "away" });
    expect(refused.notices).toBe(known.notices);
    expect(reduceInbox(refused, { type: "marked", id: "a", mark: "read", now: 50 }).problem).toBeNull();
  });

  test("keeps what it knows while the service is away, and asks less and less often", () => {
    const away: InboxAction = { type: "failed", problem: { kind: "away" } };
    const lost = [away, away, away].reduce(reduceInbox, known);
    expect(lost).toMatchObject({ health: "away", notices: known.notices, unread: 1 });
    expect([known, lost].map((inbox) => waitOf(inbox, true, false))).toEqual([2_000, 16_000]);
    expect([known, lost].map((inbox) => waitOf(inbox, false, false))).toEqual([10_000, 16_000]);
    // While the gateway tells of every change there is little to ask, unless the service is away.
    expect([known, lost].map((inbox) => waitOf(inbox, true, true))).toEqual([60_000, 16_000]);
    const back = reduceInbox(lost, { type: "counted", unread: 4 });
    expect(back).toMatchObject({ health: "present", failures: 0, unread: 4 });
  });
});
