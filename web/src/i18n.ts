// The page's words in Portuguese (the original's, and the default) and in English.

import type { ConnectionStatus } from "./connection";
import type { MessageText } from "./messages";
import type { Phase, Vehicle } from "./protocol";

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
  /** In place of "open". */
  stalled: string;
  kafkaAway: string;
  /** What the line could not carry, or did not carry whole. */
  conflated: (positions: number) => string;
  ignored: (frames: number, problem: string) => string;
  messages: (text: MessageText) => string;
  dismiss: string;
  language: string;
}

const portuguese: Words = {
  views: { label: "Vistas", live: "Mapa", history: "Histórico" },
  start: {
    heading: "Nova corrida",
    route: "Corrida",
    chooseRoute: "Selecione uma corrida",
    loadingRoutes: "Carregando corridas…",
    noRoutes: "Nenhuma corrida cadastrada",
    routesFailed: "Sem a lista de corridas; tentando de novo…",
    courier: "Entregador",
    courierExample: "moto-7",
    vehicle: "Veículo",
    speed: "Velocidade (km/h)",
    asRecorded: "como gravada",
    submit: "Iniciar uma corrida",
  },
  list: {
    heading: "Entregas",
    empty: "Nenhuma entrega em andamento.",
    loading: "Buscando as entregas…",
    waiting: "Pedido enviado, aguardando…",
    follow: (title) => `Seguir ${title} no mapa`,
    stopFollowing: "Deixar de seguir",
    pause: "Pausar",
    resume: "Retomar",
    cancel: "Cancelar",
    progress: "Progresso",
    arrives: (clock) => `chega às ${clock}`,
    past: "Encerradas há pouco",
    historyOff: "O histórico está desligado: uma entrega encerrada sai da lista depois de um minuto.",
    historyUnavailable: "O histórico não responde; ele se completa quando voltar.",
  },
  cancelDialog: {
    question: (title) => `Cancelar a entrega ${title}?`,
    explanation: "O veículo para onde está e a entrega não pode ser retomada.",
    yes: "Cancelar a entrega",
    no: "Voltar",
  },
  map: {
    label: "Mapa das entregas",
    fit: "Enquadrar todas as entregas",
    zoomIn: "Aproximar",
    zoomOut: "Afastar",
    illustrative: "Ruas ilustrativas · Natural Earth",
    failed: "O mapa não pôde ser desenhado neste navegador; a lista continua funcionando.",
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
  kafkaAway:
    "O Kafka não responde: o mapa está parado e novos pedidos não são aceitos. Nada se perde; as posições chegam quando ele voltar.",
  conflated: (positions) =>
    positions === 1
      ? "1 posição intermediária foi pulada, pois a conexão é lenta."
      : `${positions} posições intermediárias foram puladas, pois a conexão é lenta.`,
  ignored: (frames, problem) => `Mensagens ilegíveis ignoradas: ${frames} (${problem}).`,
  messages: (text) => {
    switch (text.key) {
      case "finished":
        return `${text.title} finalizou!`;
      case "cancelled":
        return `${text.title} foi cancelada.`;
      case "failed":
        return `${text.title} falhou.`;
      case "alreadyAdded":
        return `${text.title} já adicionado, espere finalizar.`;
      case "answerLost":
        return `A conexão caiu antes da resposta ao pedido de ${text.title}; confira na lista se a entrega começou.`;
      case "answerLate":
        return `O pedido de ${text.title} ainda não teve resposta; ele está na fila, e a entrega aparece quando for atendido.`;
      case "offline":
        return "Sem conexão no momento; tente de novo quando a página se reconectar.";
      case "server":
        return text.sentence;
    }
  },
  dismiss: "Fechar a mensagem",
  language: "Idioma",
};

const english: Words = {
  views: { label: "Views", live: "Map", history: "History" },
  start: {
    heading: "New delivery",
    route: "Route",
    chooseRoute: "Choose a route",
    loadingRoutes: "Loading routes…",
    noRoutes: "No routes yet",
    routesFailed: "The list of routes is unavailable; trying again…",
    courier: "Courier",
    courierExample: "moto-7",
    vehicle: "Vehicle",
    speed: "Speed (km/h)",
    asRecorded: "as recorded",
    submit: "Start a delivery",
  },
  list: {
    heading: "Deliveries",
    empty: "No delivery is under way.",
    loading: "Looking for deliveries…",
    waiting: "Request sent, waiting…",
    follow: (title) => `Follow ${title} on the map`,
    stopFollowing: "Stop following",
    pause: "Pause",
    resume: "Resume",
    cancel: "Cancel",
    progress: "Progress",
    arrives: (clock) => `arrives at ${clock}`,
    past: "Ended a moment ago",
    historyOff: "The history is off: a delivery that has ended leaves the list after a minute.",
    historyUnavailable: "The history does not answer; it catches up when it is back.",
  },
  cancelDialog: {
    question: (title) => `Cancel the delivery ${title}?`,
    explanation: "The vehicle stops where it is, and the delivery cannot be resumed.",
    yes: "Cancel the delivery",
    no: "Back",
  },
  map: {
    label: "Map of the deliveries",
    fit: "Show all deliveries",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    illustrative: "Illustrative streets · Natural Earth",
    failed: "This browser cannot draw the map; the list goes on working.",
    following: (title) => `Following ${title}`,
  },
  panel: { expand: "Open the panel", collapse: "Collapse the panel" },
  phases: {
    Accepted: "Accepted",
    Running: "On its way",
    Suspended: "Paused",
    Finished: "Finished",
    Cancelled: "Cancelled",
    Failed: "Failed",
  },
  vehicles: { motorcycle: "Motorcycle", car: "Car", van: "Van", bicycle: "Bicycle" },
  connection: { connecting: "Connecting…", open: "Live", reconnecting: "Reconnecting…" },
  stalled: "Stalled",
  kafkaAway:
    "Kafka does not answer: the map stands still, and no new request is taken. Nothing is lost; the positions arrive when it is back.",
  conflated: (positions) =>
    positions === 1
      ? "1 position in between was skipped, as the line is slow."
      : `${positions} positions in between were skipped, as the line is slow.`,
  ignored: (frames, problem) => `Unreadable messages ignored: ${frames} (${problem}).`,
  messages: (text) => {
    switch (text.key) {
      case "finished":
        return `${text.title} finished!`;
      case "cancelled":
        return `${text.title} was cancelled.`;
      case "failed":
        return `${text.title} failed.`;
      case "alreadyAdded":
        return `${text.title} is already under way, wait until it finishes.`;
      case "answerLost":
        return `The connection broke before the request for ${text.title} was answered; see in the list whether it has begun.`;
      case "answerLate":
        return `The request for ${text.title} has had no answer yet; it is queued, and the delivery appears when it is served.`;
      case "offline":
        return "There is no connection just now; try again when the page has reconnected.";
      case "server":
        return text.sentence;
    }
  },
  dismiss: "Close the message",
  language: "Language",
};

export const WORDS: Record<Language, Words> = { "pt-BR": portuguese, en: english };

/** The language for a browser's preferences, best first: Portuguese unless English is asked for before it. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "pt") return "pt-BR";
    if (language === "en") return "en";
  }
  return "pt-BR";
}
