// The page's texts in Portuguese (the default) and in English.

import type { ConnectionStatus } from "./connection";
import type { MessageText } from "./messages";
import type { Phase, Refusal, Vehicle } from "./protocol";

export const LANGUAGES = ["pt-BR", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Words {
  views: { label: string; live: string; history: string };
  start: {
    heading: string;
    route: string;
    chooseRoute: string;
    loadingRoutes: string;
    noRoutes: string;
    routesFailed: string;
    courier: string;
    courierExample: string;
    vehicle: string;
    speed: string;
    asRecorded: string;
    submit: string;
  };
  list: {
    heading: string;
    empty: string;
    loading: string;
    waiting: string;
    follow: (title: string) => string;
    stopFollowing: string;
    pause: string;
    resume: string;
    cancel: string;
    progress: string;
    arrives: (clock: string) => string;
    past: string;
    historyOff: string;
    historyUnavailable: string;
  };
  cancelDialog: { question: (title: string) => string; explanation: string; yes: string; no: string };
  map: {
    label: string;
    fit: string;
    zoomIn: string;
    zoomOut: string;
    illustrative: string;
    failed: string;
    following: (title: string) => string;
  };
  panel: { expand: string; collapse: string };
  phases: Record<Phase, string>;
  vehicles: Record<Vehicle, string>;
  connection: Record<ConnectionStatus, string>;
  /** Shown in place of `connection.open` while Kafka does not respond. */
  stalled: string;
  kafkaDown: string;
  /** Positions that were skipped, and messages that could not be read. */
  conflated: (positions: number) => string;
  ignored: (frames: number, problem: string) => string;
  refusals: Record<Refusal, string>;
  messages: (text: MessageText) => string;
  dismiss: string;
  language: string;
}

const portuguese: Words = {
  views: { label: "Visualizações", live: "Mapa", history: "Histórico" },
  start: {
    heading: "Nova entrega",
    route: "Rota",
    chooseRoute: "Selecione uma rota",
    loadingRoutes: "Carregando rotas…",
    noRoutes: "Nenhuma rota cadastrada",
    routesFailed: "Lista de rotas indisponível; tentando de novo…",
    courier: "Entregador",
    courierExample: "moto-7",
    vehicle: "Veículo",
    speed: "Velocidade (km/h)",
    asRecorded: "como na gravação",
    submit: "Iniciar entrega",
  },
  list: {
    heading: "Entregas",
    empty: "Nenhuma entrega em andamento.",
    loading: "Carregando entregas…",
    waiting: "Pedido enviado; aguardando resposta…",
    follow: (title) => `Seguir ${title} no mapa`,
    stopFollowing: "Parar de seguir",
    pause: "Pausar",
    resume: "Retomar",
    cancel: "Cancelar",
    progress: "Progresso",
    arrives: (clock) => `chegada: ${clock}`,
    past: "Encerradas há pouco",
    historyOff: "O histórico está desativado: uma entrega encerrada sai da lista depois de um minuto.",
    historyUnavailable:
      "O histórico está indisponível no momento; nada se perde, ele será completado quando voltar.",
  },
  cancelDialog: {
    question: (title) => `Cancelar a entrega ${title}?`,
    explanation: "O veículo para onde estiver, e a entrega não poderá ser retomada.",
    yes: "Cancelar entrega",
    no: "Voltar",
  },
  map: {
    label: "Mapa das entregas",
    fit: "Mostrar todas as entregas",
    zoomIn: "Aproximar",
    zoomOut: "Afastar",
    illustrative: "Ruas ilustrativas · Natural Earth",
    failed:
      "Não foi possível exibir o mapa. Recarregue a página ou use um navegador com WebGL; a lista continua funcionando.",
    following: (title) => `Seguindo ${title}`,
  },
  panel: { expand: "Abrir o painel", collapse: "Recolher o painel" },
  phases: {
    Accepted: "Aceita",
    Running: "Em rota",
    Suspended: "Pausada",
    Finished: "Finalizada",
    Cancelled: "Cancelada",
    Failed: "Falhou",
  },
  vehicles: { motorcycle: "Moto", car: "Carro", van: "Van", bicycle: "Bicicleta" },
  connection: { connecting: "Conectando…", open: "Ao vivo", reconnecting: "Reconectando…" },
  stalled: "Parado",
  kafkaDown:
    "O Kafka não responde: o mapa está parado e novos pedidos não são aceitos. Nada se perde: as posições chegarão quando ele voltar.",
  conflated: (positions) =>
    positions === 1
      ? "1 posição intermediária foi omitida porque a conexão está lenta."
      : `${positions} posições intermediárias foram omitidas porque a conexão está lenta.`,
  ignored: (frames, problem) => `Mensagens ilegíveis ignoradas: ${frames} (${problem}).`,
  refusals: {
    NotAllowed:
      "Seu acesso é somente leitura. Para iniciar ou controlar entregas, peça permissão ao administrador.",
    UnknownRoute: "Esta rota não existe mais. Recarregue a página e escolha outra.",
    UnknownDelivery: "Esta entrega não está mais em andamento.",
    DeliveryEnded: "Esta entrega já foi encerrada.",
    TooManyActive: "Há entregas demais em andamento. Espere uma delas terminar e tente de novo.",
    KafkaUnavailable: "O Kafka não confirmou o pedido. Confira a lista antes de tentar de novo.",
    Busy: "Há pedidos demais na fila. Tente de novo em alguns segundos.",
  },
  messages: (text) => {
    switch (text.key) {
      case "finished":
        return `${text.title} finalizou!`;
      case "cancelled":
        return `A entrega ${text.title} foi cancelada.`;
      case "failed":
        return `A entrega ${text.title} falhou.`;
      case "alreadyAdded":
        return `${text.title} já adicionado, espere finalizar.`;
      case "answerLost":
        return `A conexão caiu antes da resposta ao pedido de ${text.title}; confira na lista se a entrega começou.`;
      case "answerLate":
        return `O pedido de ${text.title} ainda não foi respondido. Ele está na fila; a entrega aparecerá quando for atendido.`;
      case "offline":
        return "Sem conexão no momento. Tente de novo quando a página se reconectar.";
      case "refused":
        return text.reason === null ? text.sentence : portuguese.refusals[text.reason];
    }
  },
  dismiss: "Fechar mensagem",
  language: "Idioma",
};

const english: Words = {
  views: { label: "Views", live: "Map", history: "History" },
  start: {
    heading: "New delivery",
    route: "Route",
    chooseRoute: "Select a route",
    loadingRoutes: "Loading routes…",
    noRoutes: "No routes available",
    routesFailed: "Routes are unavailable; retrying…",
    courier: "Courier",
    courierExample: "moto-7",
    vehicle: "Vehicle",
    speed: "Speed (km/h)",
    asRecorded: "as recorded",
    submit: "Start delivery",
  },
  list: {
    heading: "Deliveries",
    empty: "No active deliveries.",
    loading: "Loading deliveries…",
    waiting: "Request sent; waiting for a reply…",
    follow: (title) => `Follow ${title} on the map`,
    stopFollowing: "Stop following",
    pause: "Pause",
    resume: "Resume",
    cancel: "Cancel",
    progress: "Progress",
    arrives: (clock) => `arrives at ${clock}`,
    past: "Recently ended",
    historyOff: "Past deliveries are not kept: an ended delivery leaves this list after a minute.",
    historyUnavailable:
      "Past deliveries are unavailable right now. Nothing is lost: the list catches up once they are back.",
  },
  cancelDialog: {
    question: (title) => `Cancel the delivery ${title}?`,
    explanation: "The vehicle stops where it is, and the delivery cannot be resumed.",
    yes: "Cancel delivery",
    no: "Go back",
  },
  map: {
    label: "Delivery map",
    fit: "Show all deliveries",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    illustrative: "Illustrative streets · Natural Earth",
    failed:
      "The map cannot be displayed. Reload the page or use a browser with WebGL; the list keeps working.",
    following: (title) => `Following ${title}`,
  },
  panel: { expand: "Open the panel", collapse: "Collapse the panel" },
  phases: {
    Accepted: "Accepted",
    Running: "En route",
    Suspended: "Paused",
    Finished: "Finished",
    Cancelled: "Cancelled",
    Failed: "Failed",
  },
  vehicles: { motorcycle: "Motorcycle", car: "Car", van: "Van", bicycle: "Bicycle" },
  connection: { connecting: "Connecting…", open: "Live", reconnecting: "Reconnecting…" },
  stalled: "Stalled",
  kafkaDown:
    "Kafka is not responding: the map is frozen and new requests are not accepted. Nothing is lost: the positions will arrive once it is back.",
  conflated: (positions) =>
    positions === 1
      ? "1 intermediate position was skipped because the connection is slow."
      : `${positions} intermediate positions were skipped because the connection is slow.`,
  ignored: (frames, problem) => `Unreadable messages ignored: ${frames} (${problem}).`,
  refusals: {
    NotAllowed:
      "You have read-only access. Ask an administrator for permission to start or control deliveries.",
    UnknownRoute: "This route no longer exists. Reload the page and select another one.",
    UnknownDelivery: "This delivery is no longer active.",
    DeliveryEnded: "This delivery has already ended.",
    TooManyActive: "Too many deliveries are active. Wait until one of them ends, then try again.",
    KafkaUnavailable: "Kafka did not confirm the request. Check the list before you try again.",
    Busy: "Too many requests are waiting. Try again in a few seconds.",
  },
  messages: (text) => {
    switch (text.key) {
      case "finished":
        return `${text.title} finished!`;
      case "cancelled":
        return `${text.title} was cancelled.`;
      case "failed":
        return `${text.title} failed.`;
      case "alreadyAdded":
        return `${text.title} is already under way; wait until it finishes.`;
      case "answerLost":
        return `The connection was lost before the request for ${text.title} was answered; check the list to see whether the delivery has started.`;
      case "answerLate":
        return `The request for ${text.title} has not been answered yet. It is queued; the delivery appears once it is processed.`;
      case "offline":
        return "No connection right now. Try again once the page has reconnected.";
      case "refused":
        return text.reason === null ? text.sentence : english.refusals[text.reason];
    }
  },
  dismiss: "Dismiss message",
  language: "Language",
};

export const WORDS: Record<Language, Words> = { "pt-BR": portuguese, en: english };

/** The language for a browser's preferences, best first: Portuguese unless English comes before it. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "pt") return "pt-BR";
    if (language === "en") return "en";
  }
  return "pt-BR";
}
