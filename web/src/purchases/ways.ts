// The ways of all purchases of the list, and where they wait. Pure.

import type { Deliveries } from "../deliveries";
import { deliveryOf, toldOf } from "./kin";
import type { Purchase } from "./shapes";
import { mailOf, type PurchasesState } from "./state";
import { STEPS, wayOf, type Step, type StepKey } from "./way";

/** A purchase and its way. */
export interface Travelling {
  purchase: Purchase;
  way: readonly Step[];
}

/** `deliveries`: those that are under way. `customerId`: only the purchases of that customer; null: everybody's. */
export function waysOf(
  state: PurchasesState,
  deliveries: Deliveries,
  customerId: string | null,
): readonly Travelling[] {
  const { invoices, notices, services } = state;
  const health = {
    purchases: services.purchases.health,
    invoices: services.invoices.health,
    notifications: services.notifications.health,
    mail: services.mail.health,
  };
  const shown = (state.purchases ?? []).filter(
    ({ customer }) => customerId === null || customer.id === customerId,
  );
  return shown.map((purchase) => {
    const invoice = invoices.get(purchase.id) ?? null;
    const mail = mailOf(state, invoice);
    const delivery = deliveryOf(purchase, deliveries);
    const told = toldOf(purchase, notices.get(purchase.customer.id) ?? []);
    return { purchase, way: wayOf(purchase, { invoice, mail, delivery, told, health }) };
  });
}

/** How many purchases wait at each step, in the order of the way; steps at which none waits are left out. */
export function queuesOf(ways: readonly Travelling[]): readonly { key: StepKey; count: number }[] {
  const counts = new Map<StepKey, number>();
  for (const { way } of ways) {
    for (const { key, state } of way) {
      // What nobody can tell has not been seen beyond that step either.
      if (state === "waiting" || state === "unknown") counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return STEPS.flatMap((key) => {
    const count = counts.get(key) ?? 0;
    return count === 0 ? [] : [{ key, count }];
  });
}
