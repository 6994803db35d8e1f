// What people call a delivery: its courier, or else the name of its object, and the route that it is on. Pure.

/** A delivery in a sentence: "moto-7 on Segundo". */
export interface DeliveryName {
  /** The courier, or else the object's name; empty: not known yet. */
  who: string;
  /** The route's title. */
  route: string;
}

export interface Nameable {
  name: string;
  courier: string;
  title: string;
}

export function nameOf({ name, courier, title }: Nameable): DeliveryName {
  return { who: courier || name || title, route: title };
}

/** The courier of the canary's deliveries, as in `messages/src/deliveries/canary.rs`. */
const CANARY = "code-delivery-canary";

/** Whether a delivery is the canary's, which the map and the list leave out: nobody waits for it. */
export function isCanary({ courier }: Pick<Nameable, "courier">): boolean {
  return courier === CANARY;
}

/** Letters of scripts that run from right to left, and characters that change the direction of what follows. */
const TURNS =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * A name inside a sentence that is not HTML, such as an accessible name: in marks that keep its direction from the rest. In
 * HTML, `<bdi>` does that.
 */
export function isolate(text: string): string {
  return TURNS.test(text) ? `\u2068${text}\u2069` : text;
}

/** What distinguishes a delivery from others, below its `who`: route, vehicle, and the object's name unless it is above. */
export function detailsOf(delivery: Nameable, vehicle: string): string[] {
  const { who, route } = nameOf(delivery);
  return [route, vehicle, delivery.name].filter((text) => text !== "" && text !== who);
}
