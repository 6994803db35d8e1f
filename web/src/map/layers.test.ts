import { describe, expect, test } from "vitest";
import { view } from "../fixtures";
import { vehicleFeature } from "./features";
import { LAYERS, VEHICLES_LAYER } from "./layers";

const layer = (id: string) => LAYERS.find((each) => each.id === id);

function featureOf(following: string | null) {
  const times = { receivedAt: 0, leavesMapAt: null, leavesListAt: null };
  const delivery = { ...view("a", { courier: "moto-7" }), slot: 0, ...times };
  return vehicleFeature(delivery, { position: [0, 0], heading: 0 }, { following, stale: false });
}

describe("a vehicle's label", () => {
  test("is its courier, from a zoom on, where there is room", () => {
    expect(featureOf(null)).toMatchObject({ properties: { label: "title|moto-7", followed: false } });
    expect(layer("vehicle-labels")).toMatchObject({
      minzoom: 14.5,
      layout: { "icon-image": ["get", "label"] },
    });
    expect(layer("vehicle-labels")).not.toHaveProperty(["layout", "icon-allow-overlap"]);
  });

  test("is always there while the vehicle is followed", () => {
    expect(featureOf("a")).toMatchObject({ properties: { followed: true, dimmed: false } });
    expect(layer("followed-label")).toMatchObject({
      filter: ["get", "followed"],
      layout: { "icon-image": ["get", "label"], "icon-allow-overlap": true },
    });
    expect(layer("followed-label")).not.toHaveProperty("minzoom");
  });
});

test("vehicles fade while another is followed", () => {
  expect(featureOf("b")).toMatchObject({ properties: { followed: false, dimmed: true } });
  expect(layer(VEHICLES_LAYER)).toMatchObject({
    paint: { "icon-opacity": ["case", ["get", "dimmed"], 0.3, ["get", "ended"], 0.45, 1] },
  });
});
