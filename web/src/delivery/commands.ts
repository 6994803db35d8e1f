// What one would type in a terminal about a delivery. Pure.

export const COMMANDS = ["status", "describe", "logs", "watch", "verify", "trace"] as const;
export type CommandKey = (typeof COMMANDS)[number];

/** The commands that apply; the object and the pod of one that has ended may be gone, its positions are not. */
export function commandsOf(delivery: {
  deliveryId: string;
  namespace: string;
  name: string;
}): Record<CommandKey, string> {
  const { deliveryId, namespace, name } = delivery;
  return {
    status: `kubectl delivery status ${name} --namespace ${namespace}`,
    describe: `kubectl describe delivery ${name} --namespace ${namespace}`,
    logs: `kubectl logs --selector codedelivery.dev/delivery=${name} --container simulator --namespace ${namespace}`,
    watch: `kubectl delivery watch ${name} --namespace ${namespace}`,
    verify: `kubectl delivery verify --delivery ${deliveryId} --namespace ${namespace}`,
    trace: `kubectl delivery trace ${name} --namespace ${namespace}`,
  };
}
