import type { Session } from "../../session";
import { useLanguage } from "../language";
import { useLoadedView } from "../use-loaded-view";
import styles from "./PurchasesPage.module.css";

interface Props {
  session: Session;
}

const load = async () => (await import("./PurchasesView")).PurchasesView;

/** The place of the purchases view, whose code is loaded when it is first needed; its style sheet is part of the page. */
export function PurchasesPage({ session }: Props) {
  const { words } = useLanguage();
  const { View, failed } = useLoadedView<Props>(load);
  return (
    <main className={styles.page}>
      {View === null ? (
        <p role="status" className={styles.note}>
          {failed ? words.page.notLoaded : words.page.loading}
        </p>
      ) : (
        <View session={session} />
      )}
    </main>
  );
}
