// The identity of a request: the same one twice is one request.

/** Not `randomUUID`, which exists on secure origins only: a local cluster is often reached over plain HTTP. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
