import { useReducer, useRef, useState, type SubmitEvent } from "react";
import { isolate } from "../../names";
import { problemIn, type ServiceProblem } from "../../purchases/client";
import {
  EMPTY_DRAFT,
  MAX_LINES,
  readDraft,
  reduceDraft,
  totalOf,
  type DraftAction,
  type Fault,
  type Field,
  type Line,
  type Order,
} from "../../purchases/form";
import { CURRENCY, formatCents } from "../../purchases/money";
import { isKeyUsed, placeOrder } from "../../purchases/orders";
import { rememberRecipient } from "../../purchases/recipient";
import type { Purchase } from "../../purchases/shapes";
import { newRequestId } from "../../request-id";
import type { Session } from "../../session";
import { useLanguage } from "../language";
import { usePart } from "../use-session";
import { OrderField } from "./OrderField";
import styles from "./PurchasesPage.module.css";
import { usePurchasesWords } from "./words";

interface Props {
  session: Session;
  onBought: (purchase: Purchase) => void;
}

type Outcome = { kind: "bought"; purchase: Purchase } | { kind: "failed"; problem: ServiceProblem };

/** The form of a purchase. It has one key: sent again because no answer came, it is the same purchase. */
export function OrderForm({ session, onBought }: Props) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  const [draft, change] = useReducer(reduceDraft, EMPTY_DRAFT);
  const [key, setKey] = useState(newRequestId);
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [isSending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const buy = async (order: Order) => {
    setSending(true);
    setOutcome(null);
    try {
      const purchase = await placeOrder(order, key);
      rememberRecipient(purchase.customer);
      setKey(newRequestId());
      change({ type: "bought" });
      setOutcome({ kind: "bought", purchase });
      onBought(purchase);
    } catch (error) {
      setOutcome({ kind: "failed", problem: problemIn(error) });
    }
    setSending(false);
  };

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isSending) return;
    const { order, faults: found } = readDraft(draft, language);
    setFaults(found);
    const [first] = found;
    if (first === undefined) {
      void buy(order);
    } else {
      setOutcome(null);
      const field = form.current?.elements.namedItem(nameOf(first));
      if (field instanceof HTMLElement) field.focus();
    }
  };

  const faultOf = (field: Field, line: number | null = null): string | null =>
    faults.some((fault) => fault.field === field && fault.line === line) ? words.faults[field] : null;
  const isUsed = outcome?.kind === "failed" && isKeyUsed(outcome.problem);

  return (
    <form
      ref={form}
      className={styles.form}
      onSubmit={submit}
      noValidate
      aria-label={words.form.heading}
      data-order-key={key}
    >
      <OrderField
        name="name"
        label={words.form.name}
        value={draft.name}
        fault={faultOf("name")}
        autoComplete="name"
        onChange={(text) => {
          change({ type: "typed", field: "name", text });
        }}
      />
      <OrderField
        name="email"
        label={words.form.email}
        value={draft.email}
        fault={faultOf("email")}
        type="email"
        autoComplete="email"
        onChange={(text) => {
          change({ type: "typed", field: "email", text });
        }}
      />
      {draft.lines.map((line, index) => (
        <OrderLine
          key={line.key}
          line={line}
          number={index + 1}
          isOnly={draft.lines.length === 1}
          change={change}
          faultOf={faultOf}
        />
      ))}
      {draft.lines.length < MAX_LINES && (
        <button
          type="button"
          className={styles.add}
          onClick={() => {
            change({ type: "add" });
          }}
        >
          {words.form.add}
        </button>
      )}
      <RouteField
        session={session}
        routeId={draft.routeId}
        onChange={(text) => {
          change({ type: "typed", field: "routeId", text });
        }}
      />
      <p className={styles.sum}>
        <span>{words.form.total}</span>
        <output name="total" tabIndex={-1}>
          {formatCents(totalOf(draft), CURRENCY, language)}
        </output>
      </p>
      {faultOf("total") !== null && <p className={styles.fault}>{words.faults.total}</p>}
      <button type="submit" className={styles.submit} disabled={isSending}>
        {isSending ? words.form.sending : words.form.submit}
      </button>
      <div role="status" className={styles.outcome} data-outcome={outcome?.kind}>
        {outcome !== null && <OutcomeText outcome={outcome} />}
      </div>
      {isUsed && (
        <button
          type="button"
          className={styles.add}
          onClick={() => {
            setKey(newRequestId());
            setOutcome(null);
          }}
        >
          {words.form.startOver}
        </button>
      )}
    </form>
  );
}

function OutcomeText({ outcome }: { outcome: Outcome }) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  if (outcome.kind === "failed") return words.notBought(outcome.problem);
  const { customer, totalCents, currency } = outcome.purchase;
  return words.bought(isolate(customer.name), formatCents(totalCents, currency, language));
}

interface OrderLineProps {
  line: Line;
  /** From 1, as people count. */
  number: number;
  isOnly: boolean;
  change: (action: DraftAction) => void;
  faultOf: (field: Field, line: number) => string | null;
}

function OrderLine({ line, number, isOnly, change, faultOf }: OrderLineProps) {
  const words = usePurchasesWords();
  const { key } = line;
  const called = words.form.line(number);
  const field = (name: "product" | "quantity" | "price") => ({
    name: `${name}-${key}`,
    label: words.form[name],
    value: line[name],
    fault: faultOf(name, key),
    onChange: (text: string) => {
      change({ type: "line", key, field: name, text });
    },
  });
  return (
    <fieldset className={styles.line} data-line={number}>
      <legend>{called}</legend>
      <OrderField {...field("product")} />
      <OrderField {...field("quantity")} inputMode="numeric" />
      <OrderField {...field("price")} inputMode="decimal" placeholder={words.form.priceExample} />
      {!isOnly && (
        <button
          type="button"
          className={styles.remove}
          onClick={() => {
            change({ type: "remove", key });
          }}
        >
          {words.form.remove(called)}
        </button>
      )}
    </fieldset>
  );
}

interface RouteFieldProps {
  session: Session;
  routeId: string;
  onChange: (routeId: string) => void;
}

function RouteField({ session, routeId, onChange }: RouteFieldProps) {
  const words = usePurchasesWords();
  const routes = usePart(session, (state) => state.routes);
  const list = routes.status === "ready" ? routes.list : [];
  return (
    <label className={styles.field}>
      <span>{words.form.route}</span>
      <select
        name="route"
        value={routeId}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        <option value="">{words.form.noRoute}</option>
        {list.map((route) => (
          <option key={route.id} value={route.id}>
            {route.title}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The name of the field that a fault is about. */
function nameOf({ field, line }: Fault): string {
  return line === null ? field : `${field}-${line}`;
}
