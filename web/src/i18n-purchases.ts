// The texts of the purchases view and of the bell, in Portuguese and in English.

import { WORDS, type Language } from "./i18n";
import type { Availability } from "./purchases/availability";
import type { Service, ServiceProblem } from "./purchases/client";
import type { Field } from "./purchases/form";
import type { PurchaseState } from "./purchases/shapes";
import type { StepKey, StepState, StepText } from "./purchases/way";

export interface PurchasesWords {
  title: string;
  explanation: string;
  availability: Record<Exclude<Availability, "present">, string>;
  form: {
    heading: string;
    name: string;
    email: string;
    /** Of several products. */
    line: (number: number) => string;
    product: string;
    quantity: string;
    price: string;
    priceExample: string;
    add: string;
    remove: (line: string) => string;
    route: string;
    noRoute: string;
    total: string;
    submit: string;
    sending: string;
    startOver: string;
  };
  faults: Record<Field, string>;
  bought: (name: string, total: string) => string;
  notBought: (problem: ServiceProblem) => string;
  list: {
    heading: string;
    loading: string;
    empty: string;
    /** Only those of the customer who bought last here. */
    onlyMine: (name: string) => string;
    more: string;
    /** Before the steps at which purchases wait, and how many. */
    queues: string;
    noQueues: string;
    times: (quantity: string) => string;
    others: (count: string) => string;
    way: (name: string, total: string) => string;
  };
  states: Record<PurchaseState, string>;
  steps: Record<StepKey, string>;
  /** For those who do not see the colour of a step. */
  stepStates: Record<StepState, string>;
  say: (text: StepText) => string;
  pdf: string;
  delivery: string;
  /** Said once for each service that does not answer; empty: nothing is missing to those who have it not. */
  missing: Record<Service, Record<"away" | "absent", string>>;
  mails: { heading: string; empty: string; to: (address: string) => string };
  /** Who reads the topic of purchases, and how many each has not read yet. */
  groups: { heading: string; lag: (count: string) => string; nobody: string };
  /** What another consumer has counted. */
  sales: { heading: string; explanation: string; empty: string };
  bell: {
    label: (name: string, unread: number | null) => string;
    heading: (name: string) => string;
    loading: string;
    empty: string;
    canceled: string;
    unread: string;
    markRead: string;
    markUnread: string;
    open: string;
    close: string;
    away: string;
    notMarked: (problem: ServiceProblem) => string;
  };
}

/** Reasons of a refusal that the page has its own text for. */
type Reasons = Readonly<Record<string, string>>;

const REASONS: Record<Language, Reasons> = {
  "pt-BR": {
    Busy: "O serviço está ocupado demais agora. Tente de novo em alguns segundos.",
    IdempotencyKeyReused:
      "Este formulário já fez uma compra com outros dados; ela está na lista. Para comprar mais, comece outra compra.",
    InvalidField: "O serviço de compras não aceitou um dos campos. Confira-os e tente de novo.",
    NotificationCanceled: "Esta notificação foi cancelada, e não pode mais ser marcada.",
    TooManyRequests: "Vieram pedidos demais do seu endereço. Tente de novo em alguns segundos.",
  },
  en: {
    Busy: "The service is too busy right now. Try again in a few seconds.",
    IdempotencyKeyReused:
      "This form has already made a purchase with other data; it is in the list. To buy more, start another purchase.",
    InvalidField: "The purchases service did not accept one of the fields. Check them and try again.",
    NotificationCanceled: "This notification was cancelled, and can no longer be marked.",
    TooManyRequests: "Too many requests came from your address. Try again in a few seconds.",
  },
};

const portuguese: PurchasesWords = {
  title: "Compras",
  explanation:
    "Cada compra vira um evento no tópico compra do Kafka. Quem precisa dele lê o tópico no seu próprio ritmo: as notas fiscais, as entregas, as notificações. Quando um serviço está fora, as compras esperam por ele no tópico, e nada se perde.",
  availability: {
    unknown: "Procurando o serviço de compras…",
    absent:
      "Neste endereço não há um serviço de compras: ou esta instalação não tem um (o administrador pode ativá-lo com o valor purchases.enabled do chart), ou esta página precisa ser aberta no endereço da entrada, que une o gateway aos outros serviços.",
    away: "O serviço de compras não responde. A página tenta de novo por si mesma.",
  },
  form: {
    heading: "Nova compra",
    name: "Nome",
    email: "E-mail",
    line: (number) => `Produto ${number}`,
    product: "Produto",
    quantity: "Quantidade",
    price: "Preço unitário (R$)",
    priceExample: "19,90",
    add: "Adicionar produto",
    remove: (line) => `Remover ${line}`,
    route: "Entregar na rota",
    noRoute: "Sem entrega",
    total: "Total",
    submit: "Comprar",
    sending: "Enviando…",
    startOver: "Começar outra compra",
  },
  faults: {
    name: "Escreva um nome de até 200 caracteres.",
    email: "Escreva um endereço de e-mail, como nome@exemplo.com.br.",
    product: "Escreva o nome do produto, de até 200 caracteres.",
    quantity: "Escreva um número inteiro de 1 a 10.000.",
    price: "Escreva um preço de até 10.000.000 com no máximo dois decimais, como 19,90 ou 1234,56.",
    total: "O total passa do limite de R$ 10 bilhões. Diminua quantidades ou preços.",
  },
  bought: (name, total) => `Compra de ${name} registrada: ${total}. O caminho dela está na lista.`,
  notBought: (problem) => {
    switch (problem.kind) {
      case "away":
        return "O serviço de compras não respondeu. Tente de novo: o mesmo formulário enviado duas vezes é uma compra só.";
      case "absent":
      case "unknown":
        return "Neste endereço não há mais um serviço de compras. Recarregue a página.";
      case "refused":
        return (
          REASONS["pt-BR"][problem.reason] ??
          `O serviço de compras recusou a compra (${problem.reason}). Confira os campos e tente de novo.`
        );
    }
  },
  list: {
    heading: "Cada compra, passo a passo",
    loading: "Carregando compras…",
    empty: "Nenhuma compra ainda. Faça a primeira no formulário.",
    onlyMine: (name) => `Somente as compras de ${name}`,
    more: "Mostrar mais antigas",
    queues: "À espera:",
    noQueues: "Nenhuma destas compras espera.",
    times: (quantity) => `${quantity} ×`,
    others: (count) => `e mais ${count}`,
    way: (name, total) => `Caminho da compra de ${name}, ${total}`,
  },
  states: { PENDING: "Em pagamento", APPROVED: "Aprovada", FAILED: "Recusada" },
  steps: {
    purchase: "Compra",
    topic: "Tópico compra",
    invoice: "Nota fiscal",
    email: "E-mail",
    delivery: "Entrega",
    notification: "Notificação",
  },
  stepStates: {
    done: "feito",
    waiting: "aguarda aqui",
    later: "ainda não",
    failed: "falhou",
    none: "não se aplica",
    unknown: "não se sabe",
  },
  say: (text) => {
    switch (text.key) {
      case "paying":
        return "Aguarda o pagamento.";
      case "approved":
        return "Pagamento aprovado.";
      case "refused":
        return isPlainRefusal(text.reason) ? "Pagamento recusado." : `Pagamento recusado (${text.reason}).`;
      case "published":
        return "O evento está no Kafka.";
      case "toBePublished":
        return "Aguarda o Kafka: o evento está guardado com a compra e será publicado.";
      case "inTopic":
        return "A compra espera no tópico compra até o serviço de notas fiscais lê-la.";
      case "issued":
        return `Nota ${text.number}, série ${text.series}.`;
      case "toBeSent":
        return text.attempts === 0
          ? "Aguarda o envio."
          : `Aguarda nova tentativa; ${attemptsInPortuguese(text.attempts)}${because(text.reason)}.`;
      case "sending":
        return text.attempts <= 1
          ? "Sendo enviado."
          : `Sendo enviado; ${attemptsInPortuguese(text.attempts)}${because(text.reason)}.`;
      case "sent":
        return text.arrived ? "Chegou ao servidor de e-mail." : "Enviado.";
      case "bounced":
        return `O endereço não aceitou o e-mail${because(text.reason)}.`;
      case "undeliverable":
        return `O e-mail não pôde ser enviado${because(text.reason)}.`;
      case "notDelivered":
        return "Nada a entregar.";
      case "requested":
        return "Pedida; espera no tópico route.new-direction até o operador aceitá-la.";
      case "delivery":
        return text.phase === null ? "Aceita." : `${WORDS["pt-BR"].phases[text.phase]}.`;
      case "told":
        return text.content;
      case "untold":
        return "O cliente ainda não foi notificado.";
      case "later":
        return "Ainda não chegou aqui.";
      case "none":
        return "Não acontece: a compra foi recusada.";
      case "missing":
        return missingInPortuguese(text.service, text.health);
    }
  },
  pdf: "Abrir o PDF",
  delivery: "Abrir a entrega",
  missing: {
    purchases: {
      away: "O serviço de compras não responde: a lista mostra o que chegou por último, e nada pode ser comprado.",
      absent: "Neste endereço não há mais um serviço de compras: a lista mostra o que chegou por último.",
    },
    invoices: {
      away: "O serviço de notas fiscais não responde: as compras esperam no tópico compra, e as notas serão emitidas quando ele voltar.",
      absent:
        "Neste endereço não há um serviço de notas fiscais: as compras ficam no tópico compra. O administrador pode ativá-lo com o valor invoices.enabled do chart.",
    },
    notifications: {
      away: "O serviço de notificações não responde: o que há para contar espera no Kafka, e será contado quando ele voltar.",
      absent:
        "Neste endereço não há um serviço de notificações. O administrador pode ativá-lo com o valor notifications.enabled do chart.",
    },
    mail: {
      away: "O servidor de e-mail não responde: os e-mails esperam no serviço de notas fiscais, e a página não pode dizer quais chegaram.",
      absent: "",
    },
  },
  mails: {
    heading: "E-mails que chegaram",
    empty: "Nenhum e-mail chegou ainda.",
    to: (address) => `para ${address}`,
  },
  groups: {
    heading: "Quem lê o tópico compra, e quantos registros ainda não leu",
    lag: (count) => `lag ${count}`,
    nobody: "ninguém lendo agora",
  },
  sales: {
    heading: "Vendas por produto",
    explanation: "Contadas por mais um consumidor, que lê o tópico compra sem pedir licença a ninguém.",
    empty: "Nada foi contado ainda.",
  },
  bell: {
    label: (name, unread) =>
      unread === null
        ? `Notificações de ${name}`
        : unread === 1
          ? `Notificações de ${name}: 1 não lida`
          : `Notificações de ${name}: ${unread} não lidas`,
    heading: (name) => `Notificações de ${name}`,
    loading: "Carregando notificações…",
    empty: "Nenhuma notificação.",
    canceled: "Canceladas",
    unread: "Não lida",
    markRead: "Marcar como lida",
    markUnread: "Marcar como não lida",
    open: "Abrir",
    close: "Fechar notificações",
    away: "O serviço de notificações não responde. A página tenta de novo por si mesma.",
    notMarked: (problem) =>
      problem.kind === "refused"
        ? (REASONS["pt-BR"][problem.reason] ??
          `O serviço de notificações recusou a mudança (${problem.reason}).`)
        : problem.kind === "unknown"
          ? "Esta notificação não existe mais."
          : "O serviço de notificações não respondeu. Tente de novo.",
  },
};

const english: PurchasesWords = {
  title: "Purchases",
  explanation:
    "Each purchase becomes an event in Kafka's topic compra. Each service that needs it reads the topic at its own pace: invoices, deliveries, notifications. While a service is down, purchases wait for it in the topic, and nothing is lost.",
  availability: {
    unknown: "Looking for the purchases service…",
    absent:
      "There is no purchases service at this address: either this installation has none (an administrator can turn it on with the chart value purchases.enabled), or this page must be opened at the address of the entrance, which joins the gateway and the other services.",
    away: "The purchases service is not responding. The page tries again by itself.",
  },
  form: {
    heading: "New purchase",
    name: "Name",
    email: "E-mail",
    line: (number) => `Product ${number}`,
    product: "Product",
    quantity: "Quantity",
    price: "Unit price (R$)",
    priceExample: "19.90",
    add: "Add a product",
    remove: (line) => `Remove ${line}`,
    route: "Deliver along the route",
    noRoute: "No delivery",
    total: "Total",
    submit: "Buy",
    sending: "Sending…",
    startOver: "Start another purchase",
  },
  faults: {
    name: "Enter a name of at most 200 characters.",
    email: "Enter an e-mail address, such as name@example.com.",
    product: "Enter the product's name, of at most 200 characters.",
    quantity: "Enter a whole number from 1 to 10,000.",
    price: "Enter a price of at most 10,000,000 with at most two decimals, such as 19.90 or 1234.56.",
    total: "The total is above the limit of R$ 10 billion. Reduce quantities or prices.",
  },
  bought: (name, total) => `Purchase of ${name} made: ${total}. Its way is in the list.`,
  notBought: (problem) => {
    switch (problem.kind) {
      case "away":
        return "The purchases service did not answer. Try again: the same form sent twice is one purchase.";
      case "absent":
      case "unknown":
        return "There is no purchases service at this address any more. Reload the page.";
      case "refused":
        return (
          REASONS.en[problem.reason] ??
          `The purchases service refused the purchase (${problem.reason}). Check the fields and try again.`
        );
    }
  },
  list: {
    heading: "Each purchase, step by step",
    loading: "Loading purchases…",
    empty: "No purchases yet. Make the first one with the form.",
    onlyMine: (name) => `Only the purchases of ${name}`,
    more: "Show older",
    queues: "Waiting:",
    noQueues: "None of these purchases is waiting.",
    times: (quantity) => `${quantity} ×`,
    others: (count) => `and ${count} more`,
    way: (name, total) => `Way of the purchase of ${name}, ${total}`,
  },
  states: { PENDING: "Being paid", APPROVED: "Approved", FAILED: "Refused" },
  steps: {
    purchase: "Purchase",
    topic: "Topic compra",
    invoice: "Invoice",
    email: "E-mail",
    delivery: "Delivery",
    notification: "Notification",
  },
  stepStates: {
    done: "done",
    waiting: "waits here",
    later: "not yet",
    failed: "failed",
    none: "not applicable",
    unknown: "not known",
  },
  say: (text) => {
    switch (text.key) {
      case "paying":
        return "Waits for the payment.";
      case "approved":
        return "Payment approved.";
      case "refused":
        return isPlainRefusal(text.reason) ? "Payment refused." : `Payment refused (${text.reason}).`;
      case "published":
        return "The event is in Kafka.";
      case "toBePublished":
        return "Waits for Kafka: the event is kept with the purchase and will be published.";
      case "inTopic":
        return "The purchase waits in the topic compra until the invoices service reads it.";
      case "issued":
        return `Invoice ${text.number}, series ${text.series}.`;
      case "toBeSent":
        return text.attempts === 0
          ? "Waits to be sent."
          : `Waits for another attempt; ${attemptsInEnglish(text.attempts)}${because(text.reason)}.`;
      case "sending":
        return text.attempts <= 1
          ? "Being sent."
          : `Being sent; ${attemptsInEnglish(text.attempts)}${because(text.reason)}.`;
      case "sent":
        return text.arrived ? "Arrived at the mail server." : "Sent.";
      case "bounced":
        return `The address did not accept the e-mail${because(text.reason)}.`;
      case "undeliverable":
        return `The e-mail could not be sent${because(text.reason)}.`;
      case "notDelivered":
        return "Nothing to deliver.";
      case "requested":
        return "Asked for; waits in the topic route.new-direction until the operator accepts it.";
      case "delivery":
        return text.phase === null ? "Accepted." : `${WORDS.en.phases[text.phase]}.`;
      case "told":
        return text.content;
      case "untold":
        return "The customer has not been notified yet.";
      case "later":
        return "Not here yet.";
      case "none":
        return "Does not happen: the purchase was refused.";
      case "missing":
        return missingInEnglish(text.service, text.health);
    }
  },
  pdf: "Open the PDF",
  delivery: "Open the delivery",
  missing: {
    purchases: {
      away: "The purchases service is not responding: the list shows what arrived last, and nothing can be bought.",
      absent: "There is no purchases service at this address any more: the list shows what arrived last.",
    },
    invoices: {
      away: "The invoices service is not responding: purchases wait in the topic compra, and their invoices are issued once it is back.",
      absent:
        "There is no invoices service at this address: purchases stay in the topic compra. An administrator can turn it on with the chart value invoices.enabled.",
    },
    notifications: {
      away: "The notifications service is not responding: what there is to tell waits in Kafka, and is told once it is back.",
      absent:
        "There is no notifications service at this address. An administrator can turn it on with the chart value notifications.enabled.",
    },
    mail: {
      away: "The mail server is not responding: e-mails wait in the invoices service, and the page cannot tell which have arrived.",
      absent: "",
    },
  },
  mails: {
    heading: "E-mails that arrived",
    empty: "No e-mail has arrived yet.",
    to: (address) => `to ${address}`,
  },
  groups: {
    heading: "Who reads the topic compra, and how many records each has not read",
    lag: (count) => `lag ${count}`,
    nobody: "no reader right now",
  },
  sales: {
    heading: "Sales by product",
    explanation: "Counted by one more consumer, which reads the topic compra without asking anyone.",
    empty: "Nothing has been counted yet.",
  },
  bell: {
    label: (name, unread) =>
      unread === null ? `Notifications of ${name}` : `Notifications of ${name}: ${unread} unread`,
    heading: (name) => `Notifications of ${name}`,
    loading: "Loading notifications…",
    empty: "No notifications.",
    canceled: "Cancelled",
    unread: "Unread",
    markRead: "Mark as read",
    markUnread: "Mark as unread",
    open: "Open",
    close: "Close notifications",
    away: "The notifications service is not responding. The page tries again by itself.",
    notMarked: (problem) =>
      problem.kind === "refused"
        ? (REASONS.en[problem.reason] ?? `The notifications service refused the change (${problem.reason}).`)
        : problem.kind === "unknown"
          ? "This notification no longer exists."
          : "The notifications service did not answer. Try again.",
  },
};

function missingInPortuguese(service: Service, health: "away" | "absent"): string {
  if (health === "absent") return "Neste endereço não há o serviço que o diria.";
  return service === "invoices"
    ? "O serviço de notas fiscais não responde; a compra espera no tópico compra."
    : "O serviço que o diria não responde; o que ele tem a ler espera no Kafka.";
}

function missingInEnglish(service: Service, health: "away" | "absent"): string {
  if (health === "absent") return "The service that knows is not at this address.";
  return service === "invoices"
    ? "The invoices service is not responding; the purchase waits in the topic compra."
    : "The service that knows is not responding; what it has to read waits in Kafka.";
}

function attemptsInPortuguese(attempts: number): string {
  return attempts === 1 ? "1 tentativa" : `${attempts} tentativas`;
}

function attemptsInEnglish(attempts: number): string {
  return attempts === 1 ? "1 attempt" : `${attempts} attempts`;
}

/** A reason that says no more than the sentence does. */
function isPlainRefusal(reason: string): boolean {
  return reason === "" || reason === "PaymentRefused";
}

/** The mail server's own words, which are the same in every language. */
function because(reason: string): string {
  return reason === "" ? "" : `: ${reason.replace(/\.$/, "")}`;
}

export const PURCHASES_WORDS: Record<Language, PurchasesWords> = { "pt-BR": portuguese, en: english };
