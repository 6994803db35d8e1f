import { useId } from "react";
import styles from "./PurchasesPage.module.css";

interface Props {
  name: string;
  label: string;
  value: string;
  /** What is wrong with the value, and what to write instead; null: nothing is. */
  fault: string | null;
  type?: "text" | "email";
  inputMode?: "text" | "numeric" | "decimal";
  autoComplete?: string;
  placeholder?: string;
  onChange: (text: string) => void;
}

/** A field of the form, with its fault below it and read out with it. */
export function OrderField({ label, fault, type = "text", autoComplete = "off", onChange, ...input }: Props) {
  const faultId = useId();
  return (
    <div className={styles.field}>
      <label>
        <span>{label}</span>
        <input
          {...input}
          type={type}
          autoComplete={autoComplete}
          dir="auto"
          required
          aria-invalid={fault !== null}
          aria-describedby={faultId}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
      </label>
      <p id={faultId} className={styles.fault}>
        {fault}
      </p>
    </div>
  );
}
