import { expect, test } from "vitest";
import { COMMANDS, commandsOf } from "./commands";

test("the commands name the object, or the delivery of which there may be several by that name", () => {
  const commands = commandsOf({ deliveryId: "f47ac10b", namespace: "code-delivery", name: "moto-7" });
  expect(Object.keys(commands)).toEqual([...COMMANDS]);
  expect(commands).toEqual({
    status: "kubectl delivery status moto-7 --namespace code-delivery",
    describe: "kubectl describe delivery moto-7 --namespace code-delivery",
    logs: "kubectl logs --selector codedelivery.dev/delivery=moto-7 --container simulator --namespace code-delivery",
    watch: "kubectl delivery watch moto-7 --namespace code-delivery",
    verify: "kubectl delivery verify --delivery f47ac10b --namespace code-delivery",
    trace: "kubectl delivery trace moto-7 --namespace code-delivery",
  });
});
