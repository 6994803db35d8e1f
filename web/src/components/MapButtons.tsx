import { useLanguage } from "./language";
import styles from "./MapView.module.css";

interface Props {
  zoomBy: (levels: number) => void;
  fit: () => void;
  fitLabel: string;
  /** Of the live map: shows and hides the measures. */
  measures?: { shown: boolean; toggle: () => void };
}

export function MapButtons({ zoomBy, fit, fitLabel, measures }: Props) {
  const { words } = useLanguage();
  return (
    <div className={styles.buttons}>
      <button
        type="button"
        title={words.map.zoomIn}
        aria-label={words.map.zoomIn}
        onClick={() => {
          zoomBy(1);
        }}
      >
        +
      </button>
      <button
        type="button"
        title={words.map.zoomOut}
        aria-label={words.map.zoomOut}
        onClick={() => {
          zoomBy(-1);
        }}
      >
        −
      </button>
      <button type="button" title={fitLabel} aria-label={fitLabel} onClick={fit}>
        <svg
          viewBox="0 0 24 24"
          width="18"
          height="18"
          aria-hidden="true"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.200"
        >
          <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />
        </svg>
      </button>
      {measures !== undefined && (
        <button
          type="button"
          title={words.hud.open}
          aria-label={words.hud.label}
          aria-pressed={measures.shown}
          aria-keyshortcuts="?"
          onClick={measures.toggle}
        >
          ?
        </button>
      )}
    </div>
  );
}
