import type { Problem } from "../../history/ask";
import { useHistoryWords } from "../language";
import styles from "./HistoryView.module.css";

interface Props {
  problem: Problem;
  onAgain: () => void;
}

/** Says why there is nothing to see, and what to do. */
export function Trouble({ problem, onAgain }: Props) {
  const words = useHistoryWords();
  return (
    <div role="status" className={styles.trouble} data-problem={problem.kind}>
      <p>{problem.kind === "refused" ? problem.sentence : words[problem.kind]}</p>
      <button type="button" onClick={onAgain}>
        {words.retry}
      </button>
    </div>
  );
}
