import { formatDuration } from "../../format";
import { useHistoryWords, useLanguage } from "../language";

/** Up to this many seconds count as on time. */
const ON_TIME = 1;

/** Formats a delay in seconds: `12 s late`, `on time`, `3 s early`. */
export function useLateness(): (seconds: number) => string {
  const { language } = useLanguage();
  const words = useHistoryWords().summary;
  return (seconds) => {
    if (Math.abs(seconds) < ON_TIME) return words.onTime;
    const time = formatDuration(Math.abs(seconds) * 1000, language);
    return seconds > 0 ? words.late(time) : words.early(time);
  };
}
