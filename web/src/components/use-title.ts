// The title of the browser's tab: what is shown, before the product's name.

import { useEffect } from "react";

export function useTitle(what: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = `${what} · ${before}`;
    return () => {
      document.title = before;
    };
  }, [what]);
}
