import { useEffect, useRef } from "react";
import styles from "./CancelDialog.module.css";
import { Details } from "./Details";
import { useLanguage } from "./language";

interface Props {
  /** What it is called in a sentence. */
  delivery: string;
  /** What distinguishes it from others that are called the same. */
  details: readonly string[];
  onClose: (confirmed: boolean) => void;
}

export function CancelDialog({ delivery, details, onClose }: Props) {
  const { words } = useLanguage();
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby="cancel-question"
      aria-describedby="cancel-details"
      onClose={(event) => {
        onClose(event.currentTarget.returnValue === "yes");
      }}
    >
      <h2 id="cancel-question">{words.cancelDialog.question(delivery)}</h2>
      <p id="cancel-details">
        <Details of={details} />
      </p>
      <p>{words.cancelDialog.explanation}</p>
      <div className={styles.buttons}>
        <button type="button" autoFocus onClick={() => dialog.current?.close("no")}>
          {words.cancelDialog.no}
        </button>
        <button
          type="button"
          data-confirm
          className={styles.yes}
          onClick={() => dialog.current?.close("yes")}
        >
          {words.cancelDialog.yes}
        </button>
      </div>
    </dialog>
  );
}
