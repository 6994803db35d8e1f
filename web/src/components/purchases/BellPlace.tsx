import { useLoadedView } from "../use-loaded-view";
import type { BellProps } from "./Bell";
import styles from "./Bell.module.css";
import { useAvailability, useRecipient } from "./use-stores";

const load = async () => (await import("./Bell")).Bell;

/** The place of the bell: nothing, unless somebody has bought with this browser where purchases are sold. */
export function BellPlace({ relay }: Pick<BellProps, "relay">) {
  const isSold = useAvailability() === "present";
  const recipient = useRecipient();
  return isSold && recipient !== null ? (
    <div className={styles.place}>
      {/* Another recipient's notifications are none of the last one's. */}
      <LoadedBell key={recipient.id} recipient={recipient} relay={relay} />
    </div>
  ) : null;
}

function LoadedBell(props: BellProps) {
  const { View } = useLoadedView<BellProps>(load);
  return View === null ? null : <View {...props} />;
}
