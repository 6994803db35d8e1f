// The address of the purchases view, as the URL's hash. Pure.

export const PURCHASES_ADDRESS = "#/purchases";

/** Whether the view is shown; parameters that only a newer page knows are ignored. */
export function isPurchases(hash: string): boolean {
  const [path] = hash.split("?");
  return path === PURCHASES_ADDRESS;
}
