import type { Problem } from "../../history/client";
import { useHistoryWords } from "../language";
import styles from "./HistoryView.module.css";

interface Props {
  problem: Problem;
  onRetry: () => void;
}

/** Explains why there is nothing to see, and what to do. */
export function ProblemNote({ problem, onRetry }: Props) {
  const words = useHistoryWords();
  return (
    <div role="status" className={styles.trouble} data-problem={problem.kind}>
      <p>{problem.kind === "refused" ? words.refused(problem.reason) : words[problem.kind]}</p>
      <button type="button" onClick={onRetry}>
        {words.retry}
      </button>
    </div>
  );
}
