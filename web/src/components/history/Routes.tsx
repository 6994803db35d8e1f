import { formatCount, formatPercent } from "../../format";
import { isolate } from "../../names";
import type { RouteCount } from "../../history/shapes";
import { useHistoryWords, useLanguage } from "../language";
import { Donut } from "./Donut";
import styles from "./Routes.module.css";

interface Props {
  routes: readonly RouteCount[];
  colours: ReadonlyMap<string, string>;
  hidden: ReadonlySet<string>;
  onHidden: (hidden: ReadonlySet<string>) => void;
}

/** Table and chart of the routes; each is a layer of the map that can be hidden. */
export function Routes({ routes, colours, hidden, onHidden }: Props) {
  const { language } = useLanguage();
  const words = useHistoryWords().summary;
  const total = routes.reduce((sum, { deliveries }) => sum + deliveries, 0);
  const colourOf = (routeId: string) => colours.get(routeId) ?? "#a7abb0";

  const toggle = (routeId: string) => {
    const next = new Set(hidden);
    if (!next.delete(routeId)) next.add(routeId);
    onHidden(next);
  };

  return (
    <section className={styles.routes}>
      <h2>{words.perRoute}</h2>
      <div className={styles.both}>
        <Donut
          parts={routes.map(({ routeId, deliveries }) => ({
            key: routeId,
            value: deliveries,
            colour: colourOf(routeId),
          }))}
          total={formatCount(total, language)}
        />
        <table>
          <thead>
            <tr>
              <th scope="col">{words.route}</th>
              <th scope="col">{words.deliveries}</th>
              <th scope="col">{words.share}</th>
              <th scope="col">{words.positions}</th>
            </tr>
          </thead>
          <tbody>
            {routes.map(({ routeId, title, deliveries, positions }) => (
              <tr key={routeId} data-route={routeId} data-route-deliveries={deliveries}>
                <th scope="row">
                  <label>
                    <input
                      type="checkbox"
                      checked={!hidden.has(routeId)}
                      aria-label={words.onMap(isolate(title))}
                      style={{ accentColor: colourOf(routeId) }}
                      onChange={() => {
                        toggle(routeId);
                      }}
                    />
                    <bdi>{title}</bdi>
                  </label>
                </th>
                <td>{formatCount(deliveries, language)}</td>
                <td>{total > 0 ? formatPercent(deliveries / total, language) : "—"}</td>
                <td>{positions === null ? "—" : formatCount(positions, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
