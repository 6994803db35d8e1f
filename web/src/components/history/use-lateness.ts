import { formatDuration } from "../../format";
import { useHistoryWords, useLanguage } from "../language";

/** Less than this, in seconds, nobody calls late. */
const PUNCTUAL = 1;

/** Says how late something was, from seconds: `12 s late`, `on time`, `3 s early`. */
export function useLateness(): (seconds: number) => string {
  const { language } = useLanguage();
  const words = useHistoryWords().summary;
  return (seconds) => {
    if (Math.abs(seconds) < PUNCTUAL) return words.onTime;
    const time = formatDuration(Math.abs(seconds) * 1000, language);
    return seconds > 0 ? words.late(time) : words.early(time);
  };
}
