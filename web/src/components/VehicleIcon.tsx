import type { ReactNode } from "react";
import type { Vehicle } from "../protocol";

const WHEEL = { r: 3, fill: "none", strokeWidth: 1.8 };

const SHAPES: Record<Vehicle, ReactNode> = {
  car: (
    <path
      fill="currentColor"
      stroke="none"
      d="M18.6 6.8A1.600 1.600 0 0 0 17.100 5.700H6.900c-.7 0-1.300.45-1.500 1.100L3.300 12.600v7.200c0 .6.4 1 1 1h.9c.6 0 1-.4 1-1v-1h11.600v1c0 .6.4 1 1 1h.9c.6 0 1-.4 1-1v-7.200zM7 15.700a1.500 1.500 0 1 1 0-3 1.500 1.500 0 0 1 0 3m10 0a1.500 1.500 0 1 1 0-3 1.500 1.500 0 0 1 0 3M5.400 11.500l1.500-4.300h10.200l1.500 4.300z"
    />
  ),
  van: (
    <>
      <path
        fill="currentColor"
        stroke="none"
        d="M3 6h11.500c.5 0 1 .3 1.300.7L20 12.200l1.300.6c.4.2.7.6.7 1.100V17h-2a2.800 2.800 0 0 0-5.500 0h-5A2.800 2.800 0 0 0 4 17H2V7c0-.6.4-1 1-1m11 1.800v4h4l-3-4z"
      />
      <circle cx="6.700" cy="17.500" r="1.900" fill="currentColor" stroke="none" />
      <circle cx="17.200" cy="17.500" r="1.900" fill="currentColor" stroke="none" />
    </>
  ),
  motorcycle: (
    <>
      <circle cx="5.500" cy="16.500" {...WHEEL} />
      <circle cx="18.500" cy="16.500" {...WHEEL} />
      <path d="M5.500 16.500 9 12h5.500l1 4.500H9.500M14.500 7.500h2.300l1.700 9M14.500 12l2.800-2.300" />
      <path fill="currentColor" stroke="none" d="M2.500 6.500h6v5h-6z" />
    </>
  ),
  bicycle: (
    <>
      <circle cx="5.500" cy="16" {...WHEEL} r={3.6} />
      <circle cx="18.500" cy="16" {...WHEEL} r={3.6} />
      <path d="M5.500 16 9 9.500h6.500L11.500 16zM9 9.500 11.500 16M8 8h2.200M18.500 16 15 6.500h2.500" />
    </>
  ),
};

/** A vehicle from the side, in the current text colour. */
export function VehicleIcon({ vehicle }: { vehicle: Vehicle }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="1em"
      height="1em"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.700"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {SHAPES[vehicle]}
    </svg>
  );
}
