import { latenessOf, type Sample } from "../../delivery/samples";
import { formatDuration, formatSpeed, formatTime } from "../../format";
import { maxOf, scaleIn, timeUnitOf } from "../../history/chart";
import type { Problem } from "../../history/client";
import type { DeliveryDetails } from "../../protocol";
import { TimeChart } from "../history/TimeChart";
import { useLanguage } from "../language";
import styles from "./DeliveryPage.module.css";
import { useDeliveryWords } from "./words";

interface Props {
  delivery: DeliveryDetails;
  samples: readonly Sample[];
  /** Why stored positions are missing. */
  problem: Problem | null;
}

/** In metres per second. */
const KILOMETRE_PER_HOUR = 1 / 3.6;

/** Speed and lateness over time. */
export function SampleCharts({ delivery, samples, problem }: Props) {
  const { language } = useLanguage();
  const words = useDeliveryWords();
  const { intervalMilliseconds } = delivery;
  const [first, last] = [samples[0], samples.at(-1)];
  const start = delivery.start ?? first?.at ?? 0;
  const speeds = samples.map(({ at, speed }) => ({ at, value: speed }));
  const delays = samples.map((sample) => ({
    at: sample.at,
    value: latenessOf(sample, start, intervalMilliseconds) / 1000,
  }));
  const inUnit = timeUnitOf(maxOf(delays));
  return (
    <div data-samples={samples.length}>
      {first === undefined || last === undefined ? (
        <p className={styles.note}>{words.noSamples}</p>
      ) : (
        <div className={styles.charts}>
          <TimeChart
            line
            title={words.speedOverTime}
            unit={words.speed}
            interval={{ since: first.at, until: last.at }}
            points={speeds}
            bucket={null}
            format={(speed) => formatSpeed(speed, language)}
            scale={scaleIn(KILOMETRE_PER_HOUR, maxOf(speeds))}
            tick={(speed) => formatSpeed(speed, language)}
          />
          <TimeChart
            line
            title={words.lateOverTime}
            unit={words.late}
            interval={{ since: first.at, until: last.at }}
            points={delays}
            bucket={null}
            format={(seconds) => formatDuration(seconds * 1000, language)}
            scale={scaleIn(inUnit, maxOf(delays))}
            tick={(seconds) => formatTime(seconds, language, inUnit)}
          />
        </div>
      )}
      {problem !== null && (
        <p className={styles.note} data-problem={problem.kind}>
          {problem.kind === "off" ? words.onlyReceived : words.indexLags}
        </p>
      )}
    </div>
  );
}
