// The colours of the built-in base map. Dark and muted, so that the deliveries are the only bright things.

export const GROUND = "#16191d";
export const SEA = "#0c1016";

export const PALETTE = {
  coast: "#46525f",
  border: "#343c46",
  graticule: "#424d59",
  park: "#1b2a22",
  building: "#20252b",
  street: "#2b3138",
  avenue: "#39414a",
} as const;

/** Names are grey letters, which nobody takes for a delivery's line or vehicle. */
export const NAMES = { country: "#8d99a6", town: "#aab4bf" } as const;
