import { formatDelivery, type DeliveryAddress } from "../../delivery/address";
import type { Session } from "../../session";
import { useLanguage } from "../language";
import { useLoadedView } from "../use-loaded-view";
import styles from "./DeliveryPage.module.css";

interface Props {
  session: Session;
  address: DeliveryAddress;
}

const load = async () => (await import("./DeliveryView")).DeliveryView;

/**
 * The place of a delivery's own page, whose code is loaded when it is first needed. Its style sheet is part of the page: a chunk that
 * is loaded at a second attempt would lack it.
 */
export function DeliveryPage({ session, address }: Props) {
  const { words } = useLanguage();
  const { View, failed } = useLoadedView<Props>(load);
  return (
    <main className={styles.page}>
      {View === null ? (
        <p role="status" className={styles.note}>
          {failed ? words.page.notLoaded : words.page.loading}
        </p>
      ) : (
        // Another delivery is another page: nothing of the last one stays.
        <View key={formatDelivery(address)} session={session} address={address} />
      )}
    </main>
  );
}
