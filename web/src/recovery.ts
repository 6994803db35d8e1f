// Tells those whose request failed that the gateway is back, so that an error goes away with its cause.

const listeners = new Set<() => void>();

export function announceRecovery(): void {
  for (const listener of listeners) listener();
}

export function onRecovery(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
