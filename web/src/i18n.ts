// The page's texts in Portuguese (the default) and in English.

import type { ConnectionStatus } from "./connection";
import type { Obstacle, Outage } from "./freshness";
import type { Sort } from "./listing";
import type { MessageText } from "./messages";
import { isolate, type DeliveryName } from "./names";
import { refusalOf, type Phase, type Refusal, type Vehicle } from "./protocol";

export const LANGUAGES = ["pt-BR", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Words {
  /** A delivery in a sentence. */
  delivery: (name: DeliveryName) => string;
  views: { label: string; live: string; history: string; purchases: string };
  /** What the Tab key reaches first. */
  skip: { list: string; map: string; content: string };
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
    follow: (delivery: string) => string;
    stopFollowing: string;
    details: string;
    pause: string;
    resume: string;
    cancel: string;
    progress: string;
    arrives: (clock: string) => string;
    /** How old the newest position of a silent vehicle is. */
    stale: (age: string) => string;
    late: (time: string) => string;
    search: string;
    searchHint: string;
    sort: string;
    sorts: Record<Sort, string>;
    groups: string;
    lateGroup: string;
    noneFound: string;
    more: (count: string) => string;
    past: string;
    deliveryStoreOff: string;
    deliveryStoreUnavailable: string;
  };
  /** The deliveries of the delivery store, below the list. */
  past: {
    heading: string;
    show: string;
    hide: string;
    loading: string;
    failed: string;
    empty: string;
    /** By the search, among those that were loaded. */
    noneFound: string;
    more: string;
    /** There are more than the list shows. */
    older: string;
  };
  cancelDialog: { question: (delivery: string) => string; explanation: string; yes: string; no: string };
  map: {
    label: string;
    fit: string;
    zoomIn: string;
    zoomOut: string;
    illustrative: string;
    /** The browser has no WebGL. */
    cannotDraw: string;
    /** The map's code could not be loaded. */
    notLoaded: string;
    following: (delivery: string) => string;
  };
  /** The stream in numbers. */
  hud: {
    label: string;
    open: string;
    positions: string;
    p50: string;
    p99: string;
    clock: string;
    frames: string;
    drawn: string;
    conflated: string;
    replica: string;
    cursor: string;
    noCursor: string;
    servers: Record<"available" | "unavailable", string>;
  };
  panel: { expand: string; collapse: string };
  /** A view whose code is loaded when it is first needed. */
  page: { loading: string; notLoaded: string };
  phases: Record<Phase, string>;
  vehicles: Record<Vehicle, string>;
  connection: Record<ConnectionStatus, string>;
  /** Shown in place of `connection.open` while Kafka does not respond, and of `reconnecting` while the page polls. */
  stalled: string;
  polling: string;
  /** Why nothing new arrives, and why nothing can be started or controlled. */
  outages: Record<Outage, string>;
  obstacles: Record<Obstacle, string>;
  nextAttempt: (time: string) => string;
  attempting: string;
  attemptNow: string;
  /** Positions that were skipped, and messages that could not be read. */
  conflated: (positions: number) => string;
  ignored: (frames: number, problem: string) => string;
  refusals: Record<Refusal, string>;
  /** For a reason that is not among those. */
  refused: (reason: string) => string;
  messages: (text: MessageText) => string;
  dismiss: string;
  language: string;
}

/** Who and route, unless one of the two says it all. */
function called(link: string): Words["delivery"] {
  return ({ who, route }) =>
    who === "" || who === route ? isolate(route) : `${isolate(who)} ${link} ${isolate(route)}`;
}

function refusal({ refusals, refused }: Words, reason: string): string {
  const known = refusalOf(reason);
  return known === null ? refused(reason) : refusals[known];
}

const portuguese: Words = {
  delivery: called("na rota"),
  views: { label: "Visualizações", live: "Mapa", history: "Histórico", purchases: "Compras" },
  skip: { list: "Ir para a lista", map: "Ir para o mapa", content: "Ir para o conteúdo" },
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
    follow: (delivery) => `Seguir ${delivery} no mapa`,
    stopFollowing: "Parar de seguir",
    details: "Detalhes",
    pause: "Pausar",
    resume: "Retomar",
    cancel: "Cancelar",
    progress: "Progresso",
    arrives: (clock) => `chegada: ${clock}`,
    stale: (age) => `última posição há ${age}`,
    late: (time) => `${time} de atraso`,
    search: "Buscar entregas",
    searchHint: "Buscar ( / )",
    sort: "Ordem",
    sorts: { start: "Por início", eta: "Por chegada", late: "Por atraso" },
    groups: "Grupos",
    lateGroup: "Atrasadas",
    noneFound: "Nenhuma entrega encontrada. Mude a busca ou o grupo.",
    more: (count) => `Mostrar mais (${count})`,
    past: "Encerradas há pouco",
    deliveryStoreOff:
      "As entregas passadas não são guardadas: uma entrega encerrada sai da lista depois de um minuto.",
    deliveryStoreUnavailable:
      "As entregas passadas estão indisponíveis no momento. Nada se perde: a lista será completada quando voltarem.",
  },
  past: {
    heading: "Entregas passadas",
    show: "Mostrar entregas passadas",
    hide: "Ocultar entregas passadas",
    loading: "Carregando entregas passadas…",
    failed: "Não foi possível carregar as entregas passadas. A página continua tentando.",
    empty: "Ainda não há entregas passadas.",
    noneFound: "Nenhuma das entregas passadas carregadas corresponde à busca.",
    more: "Carregar mais antigas",
    older: "As mais antigas estão na visualização Histórico.",
  },
  cancelDialog: {
    question: (delivery) => `Cancelar a entrega ${delivery}?`,
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
    cannotDraw:
      "Não foi possível exibir o mapa: este navegador não tem WebGL. Ative-o ou use outro navegador; o resto da página continua funcionando.",
    notLoaded:
      "O código do mapa não pôde ser carregado: o gateway não responde. A página continua tentando; depois de uma atualização do gateway, recarregue a página.",
    following: (delivery) => `Seguindo ${delivery}`,
  },
  hud: {
    label: "Medidas da transmissão",
    open: "Medidas ( ? )",
    positions: "Posições por segundo",
    p50: "Tempo desde a última posição, p50",
    p99: "Tempo desde a última posição, p99",
    clock: "Incerteza do relógio",
    frames: "Mensagens por segundo",
    drawn: "Quadros desenhados por segundo",
    conflated: "Posições omitidas",
    replica: "Réplica do gateway",
    cursor: "Cursor",
    noCursor: "nenhum (modo latest)",
    servers: { available: "responde", unavailable: "não responde" },
  },
  panel: { expand: "Abrir o painel", collapse: "Recolher o painel" },
  page: {
    loading: "Carregando…",
    notLoaded:
      "Esta página não pôde ser carregada: o gateway não responde. Ela tenta de novo por si mesma; depois de uma atualização do gateway, recarregue-a.",
  },
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
  polling: "A cada 3 s",
  outages: {
    offline: "Este navegador está sem rede: o mapa mostra o que chegou por último.",
    gateway: "O gateway não responde: o mapa mostra o que chegou por último. As entregas continuam sem ele.",
    blocked:
      "Conexões WebSocket estão bloqueadas, em geral por um proxy: a página consulta as posições a cada 3 segundos, e não pode iniciar nem controlar entregas. Peça ao administrador da rede que libere WebSocket para este endereço.",
    kafka:
      "O Kafka não responde: o mapa está parado e novos pedidos não são aceitos. Nada se perde: as posições chegarão quando ele voltar.",
    silent: "Nenhum veículo envia posições no momento, embora o gateway e o Kafka respondam.",
  },
  obstacles: {
    connecting: "Aguarde a conexão com o gateway.",
    offline: "Não é possível sem rede.",
    gateway: "Não é possível enquanto o gateway não responde.",
    blocked: "Não é possível sem WebSocket.",
    kafka: "Não é possível enquanto o Kafka não responde.",
  },
  nextAttempt: (time) => `Nova tentativa em ${time}.`,
  attempting: "Tentando conectar…",
  attemptNow: "Tentar agora",
  conflated: (positions) =>
    positions === 1
      ? "1 posição intermediária foi omitida porque a conexão está lenta."
      : `${positions} posições intermediárias foram omitidas porque a conexão está lenta.`,
  ignored: (frames, problem) => `Mensagens ilegíveis ignoradas: ${frames} (${problem}).`,
  refusals: {
    NotAllowed:
      "Seu acesso é somente leitura. Para iniciar ou controlar entregas, peça permissão ao administrador.",
    UnknownRoute: "Esta rota não existe mais. Escolha outra.",
    UnknownDelivery: "Esta entrega não está mais em andamento.",
    DeliveryEnded: "Esta entrega já foi encerrada.",
    TooManyActive: "Há entregas demais em andamento. Espere uma delas terminar e tente de novo.",
    KafkaUnavailable: "O Kafka não confirmou o pedido. Confira a lista antes de tentar de novo.",
    Busy: "Há pedidos demais na fila. Tente de novo em alguns segundos.",
    TooManyRequests: "Vieram pedidos demais do seu endereço. Tente de novo em alguns segundos.",
    InvalidRequest: "O pedido tem um valor inválido. Confira o entregador, o veículo e a velocidade.",
    InvalidData: "O pedido tem um valor inválido. Confira o entregador, o veículo e a velocidade.",
    RequestDenied: "Uma regra do cluster recusou a entrega. O motivo está no log do operador.",
    RequestExpired: "O pedido esperou demais e expirou. Inicie a entrega de novo.",
    RouteNotReady: "O operador ainda não aceitou esta rota. O motivo está no estado da rota no Kubernetes.",
    NameTaken: "Já existe outra entrega com o nome que esta teria. Tente de novo.",
    ServingFailed: "O operador desistiu do pedido depois de várias tentativas. O motivo está no log dele.",
  },
  refused: (reason) => `O pedido foi recusado (${reason}).`,
  messages: (text) => {
    switch (text.key) {
      case "started":
        return `Entrega iniciada: ${portuguese.delivery(text.delivery)}.`;
      case "finished":
        return `${portuguese.delivery(text.delivery)} finalizou!`;
      case "cancelled":
        return `A entrega ${portuguese.delivery(text.delivery)} foi cancelada.`;
      case "failed":
        return `A entrega ${portuguese.delivery(text.delivery)} falhou.`;
      case "alreadyAdded":
        return `${portuguese.delivery(text.delivery)} já adicionado, espere finalizar.`;
      case "answerLost":
        return `A conexão caiu antes da resposta ao pedido da entrega ${portuguese.delivery(text.delivery)}; confira na lista se ela começou.`;
      case "answerLate":
        return `O pedido da entrega ${portuguese.delivery(text.delivery)} ainda não foi respondido. Ele está na fila; a entrega aparecerá quando for atendido.`;
      case "notSent":
        return "Sem conexão no momento. Tente de novo quando a página se reconectar.";
      case "refused":
        return refusal(portuguese, text.reason);
    }
  },
  dismiss: "Fechar mensagem",
  language: "Idioma",
};

const english: Words = {
  delivery: called("on"),
  views: { label: "Views", live: "Map", history: "History", purchases: "Purchases" },
  skip: { list: "Skip to the list", map: "Skip to the map", content: "Skip to the content" },
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
    follow: (delivery) => `Follow ${delivery}`,
    stopFollowing: "Stop following",
    details: "Details",
    pause: "Pause",
    resume: "Resume",
    cancel: "Cancel",
    progress: "Progress",
    arrives: (clock) => `arrives at ${clock}`,
    stale: (age) => `last position ${age} ago`,
    late: (time) => `${time} late`,
    search: "Search deliveries",
    searchHint: "Search ( / )",
    sort: "Order",
    sorts: { start: "By start", eta: "By arrival", late: "By lateness" },
    groups: "Groups",
    lateGroup: "Late",
    noneFound: "No deliveries found. Change the search or the group.",
    more: (count) => `Show more (${count})`,
    past: "Recently ended",
    deliveryStoreOff: "Past deliveries are not kept: an ended delivery leaves this list after a minute.",
    deliveryStoreUnavailable:
      "Past deliveries are unavailable right now. Nothing is lost: the list catches up once they are back.",
  },
  past: {
    heading: "Past deliveries",
    show: "Show past deliveries",
    hide: "Hide past deliveries",
    loading: "Loading past deliveries…",
    failed: "Past deliveries cannot be loaded right now. The page keeps trying.",
    empty: "There are no past deliveries yet.",
    noneFound: "None of the past deliveries that are loaded match the search.",
    more: "Load older ones",
    older: "Older ones are in the view History.",
  },
  cancelDialog: {
    question: (delivery) => `Cancel the delivery ${delivery}?`,
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
    cannotDraw:
      "The map cannot be displayed: this browser has no WebGL. Enable it or use another browser; the rest of the page keeps working.",
    notLoaded:
      "The map's code could not be loaded: the gateway is not responding. The page keeps trying; after an update of the gateway, reload the page.",
    following: (delivery) => `Following ${delivery}`,
  },
  hud: {
    label: "The stream in numbers",
    open: "Measures ( ? )",
    positions: "Positions per second",
    p50: "Time since the newest position, p50",
    p99: "Time since the newest position, p99",
    clock: "Clock uncertainty",
    frames: "Messages per second",
    drawn: "Frames drawn per second",
    conflated: "Positions skipped",
    replica: "Gateway replica",
    cursor: "Cursor",
    noCursor: "none (mode latest)",
    servers: { available: "responding", unavailable: "not responding" },
  },
  panel: { expand: "Open the panel", collapse: "Collapse the panel" },
  page: {
    loading: "Loading…",
    notLoaded:
      "This page could not be loaded: the gateway is not responding. It keeps trying; after an update of the gateway, reload it.",
  },
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
  polling: "Every 3 s",
  outages: {
    offline: "This browser has no network: the map shows what arrived last.",
    gateway: "The gateway is not responding: the map shows what arrived last. Deliveries go on without it.",
    blocked:
      "WebSocket connections are blocked, usually by a proxy: the page asks for the positions every 3 seconds, and cannot start or control deliveries. Ask the network's administrator to allow WebSocket to this address.",
    kafka:
      "Kafka is not responding: the map is frozen and new requests are not accepted. Nothing is lost: the positions will arrive once it is back.",
    silent: "No vehicle is reporting positions right now, although the gateway and Kafka respond.",
  },
  obstacles: {
    connecting: "Wait for the connection to the gateway.",
    offline: "Not possible without a network.",
    gateway: "Not possible while the gateway is not responding.",
    blocked: "Not possible without WebSocket.",
    kafka: "Not possible while Kafka is not responding.",
  },
  nextAttempt: (time) => `Next attempt in ${time}.`,
  attempting: "Trying to connect…",
  attemptNow: "Try now",
  conflated: (positions) =>
    positions === 1
      ? "1 intermediate position was skipped because the connection is slow."
      : `${positions} intermediate positions were skipped because the connection is slow.`,
  ignored: (frames, problem) => `Unreadable messages ignored: ${frames} (${problem}).`,
  refusals: {
    NotAllowed:
      "You have read-only access. Ask an administrator for permission to start or control deliveries.",
    UnknownRoute: "This route no longer exists. Select another one.",
    UnknownDelivery: "This delivery is no longer active.",
    DeliveryEnded: "This delivery has already ended.",
    TooManyActive: "Too many deliveries are active. Wait until one of them ends, then try again.",
    KafkaUnavailable: "Kafka did not confirm the request. Check the list before you try again.",
    Busy: "Too many requests are waiting. Try again in a few seconds.",
    TooManyRequests: "Too many requests came from your address. Try again in a few seconds.",
    InvalidRequest: "The request has an invalid value. Check courier, vehicle and speed.",
    InvalidData: "The request has an invalid value. Check courier, vehicle and speed.",
    RequestDenied: "A policy of the cluster refused the delivery. The operator's log has the reason.",
    RequestExpired: "The request waited too long and expired. Start the delivery again.",
    RouteNotReady: "The operator has not accepted this route yet. Its status in Kubernetes has the reason.",
    NameTaken: "Another delivery already has the name that this one would get. Try again.",
    ServingFailed: "The operator gave the request up after several attempts. Its log has the reason.",
  },
  refused: (reason) => `The request was refused (${reason}).`,
  messages: (text) => {
    switch (text.key) {
      case "started":
        return `Delivery started: ${english.delivery(text.delivery)}.`;
      case "finished":
        return `${english.delivery(text.delivery)} finished!`;
      case "cancelled":
        return `${english.delivery(text.delivery)} was cancelled.`;
      case "failed":
        return `${english.delivery(text.delivery)} failed.`;
      case "alreadyAdded":
        return `${english.delivery(text.delivery)} is already under way; wait until it finishes or enter another courier.`;
      case "answerLost":
        return `The connection was lost before the request for ${english.delivery(text.delivery)} was answered; check the list to see whether the delivery has started.`;
      case "answerLate":
        return `The request for ${english.delivery(text.delivery)} has not been answered yet. It is queued; the delivery appears once it is processed.`;
      case "notSent":
        return "No connection right now. Try again once the page has reconnected.";
      case "refused":
        return refusal(english, text.reason);
    }
  },
  dismiss: "Dismiss message",
  language: "Language",
};

export const WORDS: Record<Language, Words> = { "pt-BR": portuguese, en: english };

/** The language for a browser's preferences, best first. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "pt") return "pt-BR";
    if (language === "en") return "en";
  }
  // More people read it than Portuguese.
  return "en";
}
