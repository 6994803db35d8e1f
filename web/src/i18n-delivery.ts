// The texts of a delivery's own page, in Portuguese and in English.

import type { CommandKey } from "./delivery/commands";
import type { TimelineKey } from "./delivery/timeline";
import type { Language } from "./i18n";

export interface DeliveryWords {
  back: string;
  loading: string;
  /** Nobody has heard of it. */
  unknown: (name: string, namespace: string) => string;
  /** It was here before. */
  gone: (deliveryStore: "off" | "on") => string;
  away: string;
  unavailable: string;
  follow: string;
  replay: string;
  facts: string;
  namespace: string;
  object: string;
  id: string;
  route: string;
  courier: string;
  vehicle: string;
  progress: string;
  speed: string;
  late: string;
  onTime: string;
  arrival: string;
  record: string;
  /** Numbers without separators, as other tools take them. */
  recordOf: (topic: string, partition: number, offset: number) => string;
  noRecord: string;
  plan: string;
  pod: string;
  trace: string;
  timeline: string;
  events: Record<TimelineKey, string>;
  /** The event has happened, but when is not known. */
  whenUnknown: string;
  pausedFor: (time: string) => string;
  pausedSince: string;
  /** Of an event of the object: that it is one to look after; its reasons; that it happened several times within that time. */
  warning: string;
  reasons: Readonly<Record<string, string>>;
  repeated: (count: number, time: string) => string;
  charts: string;
  speedOverTime: string;
  lateOverTime: string;
  noSamples: string;
  /** Without the history, only what this page has received is known. */
  onlyReceived: string;
  indexLags: string;
  openTrace: string;
  loadingTrace: string;
  traceProblems: { none: string; away: string; busy: string };
  span: string;
  service: string;
  begins: string;
  takes: string;
  spanFailed: string;
  moreSpans: string;
  traceId: (id: string) => string;
  commands: string;
  commandTitles: Record<CommandKey, string>;
  copy: (title: string) => string;
  copied: string;
  /** The browser lets no page copy here. */
  selected: string;
}

const portuguese: DeliveryWords = {
  back: "Voltar ao mapa",
  loading: "Carregando a entrega…",
  unknown: (name, namespace) =>
    `Não existe uma entrega ${name} no namespace ${namespace}. Ela pode ter sido apagada, ou o endereço está errado; volte ao mapa e escolha outra.`,
  gone: (deliveryStore) =>
    deliveryStore === "off"
      ? "Esta entrega terminou, e esta instalação não guarda entregas passadas. Volte ao mapa e escolha outra."
      : "Esta entrega foi apagada, e nada dela pode ser exibido. Volte ao mapa e escolha outra.",
  away: "O gateway não responde, e a página ainda não sabe nada desta entrega. Ela tenta de novo por si mesma.",
  unavailable:
    "As entregas passadas estão indisponíveis no momento, e esta não está em andamento. A página tenta de novo por si mesma.",
  follow: "Seguir no mapa",
  replay: "Reproduzir no mapa",
  facts: "Dados",
  namespace: "Namespace",
  object: "Objeto",
  id: "Identificador",
  route: "Rota",
  courier: "Entregador",
  vehicle: "Veículo",
  progress: "Progresso",
  speed: "Velocidade",
  late: "Atraso",
  onTime: "no horário",
  arrival: "Chegada",
  record: "Última posição no Kafka",
  recordOf: (topic, partition, offset) => `${topic}, partição ${partition}, offset ${offset}`,
  noRecord: "não informada pelo gateway",
  plan: "Plano no Kafka",
  pod: "Pod",
  trace: "Trace",
  timeline: "Linha do tempo",
  events: {
    ordered: "Pedida",
    started: "Partiu",
    paused: "Pausada",
    newest: "Última posição",
    expected: "Chegada prevista",
    Finished: "Finalizada",
    Cancelled: "Cancelada",
    Failed: "Falhou",
  },
  whenUnknown: "horário não informado",
  pausedFor: (time) => `por ${time}`,
  pausedSince: "até ser retomada",
  warning: "Aviso",
  reasons: {
    RouteNotFound: "A rota não existe",
    RouteNotReady: "A rota não pode ser usada",
    RouteRevisionGone: "A versão da rota não existe mais",
    Unknown: "Nada se sabe da entrega",
    KafkaUnavailable: "O operador ainda não leu o Kafka",
    PodPending: "O pod está sendo criado",
    Starting: "O simulador está iniciando",
    UnderWay: "Em andamento",
    Silent: "Nada chega do pod",
    SidecarNotReady: "O proxy do pod não está pronto",
    KafkaNotReached: "O pod não alcança o Kafka",
    PodTerminating: "O pod anterior está terminando",
    PodStray: "O pod perdeu sua identificação",
    PodFailed: "O pod falhou",
    Suspended: "Pausada",
    Resumed: "Retomada",
    Finished: "Chegou ao fim da rota",
    GivenUp: "A entrega não pode continuar",
    Failed: "A entrega não pode continuar",
    ApiError: "O Kubernetes recusou um pedido ou não respondeu",
    PodUncertain: "Não se sabe se o pod foi criado",
    PodRefused: "O Kubernetes recusou o pod",
    SidecarNotInjected: "O proxy não foi posto no pod",
    NameTaken: "O nome já pertence a outro objeto",
    KafkaWriteFailed: "O Kafka não aceitou um registro",
    KafkaReadFailed: "O Kafka não pôde ser lido",
    Timeout: "A reconciliação demorou demais",
    EncodeFailed: "Um objeto não pôde ser codificado",
    SuspendCommanded: "Pausa pedida",
    ResumeCommanded: "Retomada pedida",
    CancelCommanded: "Cancelamento pedido",
    SuspendedTooLong: "Pausada por tempo demais",
  },
  repeated: (count, time) => `· ${count} vezes em ${time}`,
  charts: "Ao longo do tempo",
  speedOverTime: "Velocidade",
  lateOverTime: "Atraso",
  noSamples: "Ainda não há posições para os gráficos.",
  onlyReceived:
    "Esta instalação não tem histórico: os gráficos mostram apenas o que chegou desde que esta página foi aberta.",
  indexLags: "O histórico não responde: os gráficos mostram o que a página já recebeu.",
  openTrace: "O que cada serviço fez por esta entrega, e quanto tempo levou",
  loadingTrace: "Carregando o trace…",
  traceProblems: {
    none: "O Jaeger não tem um trace desta entrega: ela começou antes de os traces serem ligados, não está entre as gravadas, ou o trace já foi apagado. O de uma entrega que acabou de começar leva alguns segundos.",
    away: "O Jaeger, que guarda os traces, não responde. A página tenta de novo por si mesma.",
    busy: "Muitos traces estão sendo lidos agora. A página tenta de novo por si mesma.",
  },
  span: "Span",
  service: "Serviço",
  begins: "Início",
  takes: "Duração",
  spanFailed: "falhou",
  moreSpans: "Há mais spans do que os exibidos.",
  traceId: (id) => `Trace ${id}. kubectl delivery trace mostra também os ids e o motivo de cada falha.`,
  commands: "No terminal",
  commandTitles: {
    status: "Tudo em uma tela: estado, pod, eventos",
    describe: "Estado e eventos do objeto",
    logs: "Log do pod que simula o veículo",
    watch: "Acompanhar o progresso",
    verify: "Provar que nenhuma posição se perdeu",
    trace: "O caminho do pedido à primeira posição, com tempos",
  },
  copy: (title) => `Copiar o comando: ${title}`,
  copied: "Copiado",
  selected: "Selecionado: copie com Ctrl+C",
};

const english: DeliveryWords = {
  back: "Back to the map",
  loading: "Loading the delivery…",
  unknown: (name, namespace) =>
    `There is no delivery ${name} in the namespace ${namespace}. It may have been erased, or the address is wrong; go back to the map and choose another one.`,
  gone: (deliveryStore) =>
    deliveryStore === "off"
      ? "This delivery has ended, and this installation keeps no past deliveries. Go back to the map and choose another one."
      : "This delivery has been erased, and nothing of it can be shown. Go back to the map and choose another one.",
  away: "The gateway is not responding, and the page knows nothing of this delivery yet. It keeps trying.",
  unavailable:
    "Past deliveries are unavailable right now, and this one is not under way. The page keeps trying.",
  follow: "Follow on the map",
  replay: "Replay on the map",
  facts: "Facts",
  namespace: "Namespace",
  object: "Object",
  id: "Id",
  route: "Route",
  courier: "Courier",
  vehicle: "Vehicle",
  progress: "Progress",
  speed: "Speed",
  late: "Lateness",
  onTime: "on time",
  arrival: "Arrival",
  record: "Newest position in Kafka",
  recordOf: (topic, partition, offset) => `${topic}, partition ${partition}, offset ${offset}`,
  noRecord: "not told by the gateway",
  plan: "Plan in Kafka",
  pod: "Pod",
  trace: "Trace",
  timeline: "Timeline",
  events: {
    ordered: "Ordered",
    started: "Started",
    paused: "Paused",
    newest: "Newest position",
    expected: "Expected arrival",
    Finished: "Finished",
    Cancelled: "Cancelled",
    Failed: "Failed",
  },
  whenUnknown: "time not told",
  pausedFor: (time) => `for ${time}`,
  pausedSince: "until it is resumed",
  warning: "Warning",
  reasons: {
    RouteNotFound: "The route does not exist",
    RouteNotReady: "The route cannot be used",
    RouteRevisionGone: "The revision of the route is gone",
    Unknown: "Nothing is known of the delivery",
    KafkaUnavailable: "The operator has not read Kafka yet",
    PodPending: "The pod is being created",
    Starting: "The simulator is starting",
    UnderWay: "Under way",
    Silent: "Nothing comes from the pod",
    SidecarNotReady: "The pod's proxy is not ready",
    KafkaNotReached: "The pod does not reach Kafka",
    PodTerminating: "The last pod is ending",
    PodStray: "The pod has lost its identity",
    PodFailed: "The pod failed",
    Suspended: "Paused",
    Resumed: "Resumed",
    Finished: "At the end of the route",
    GivenUp: "The delivery cannot go on",
    Failed: "The delivery cannot go on",
    ApiError: "Kubernetes refused a request or did not answer",
    PodUncertain: "The pod may or may not have been created",
    PodRefused: "Kubernetes refused the pod",
    SidecarNotInjected: "The proxy was not put into the pod",
    NameTaken: "The name belongs to another object",
    KafkaWriteFailed: "Kafka did not accept a record",
    KafkaReadFailed: "Kafka could not be read",
    Timeout: "The reconciliation took too long",
    EncodeFailed: "An object could not be encoded",
    SuspendCommanded: "Pause requested",
    ResumeCommanded: "Resumption requested",
    CancelCommanded: "Cancellation requested",
    SuspendedTooLong: "Paused for too long",
  },
  repeated: (count, time) => `· ${count} times in ${time}`,
  charts: "Over time",
  speedOverTime: "Speed",
  lateOverTime: "Lateness",
  noSamples: "There are no positions for the charts yet.",
  onlyReceived:
    "This installation has no history: the charts show only what has arrived since this page was opened.",
  indexLags: "The history is not responding: the charts show what the page has received.",
  openTrace: "What each service did for this delivery, and how long it took",
  loadingTrace: "Loading the trace…",
  traceProblems: {
    none: "Jaeger has no trace of this delivery: it began before traces were switched on, is not among those that are recorded, or its trace is no longer kept. That of a delivery that has just begun takes a few seconds.",
    away: "Jaeger, which keeps the traces, is not responding. The page keeps trying.",
    busy: "Too many traces are being read right now. The page keeps trying.",
  },
  span: "Span",
  service: "Service",
  begins: "Begins",
  takes: "Takes",
  spanFailed: "failed",
  moreSpans: "There are more spans than are shown.",
  traceId: (id) => `Trace ${id}. kubectl delivery trace also shows the ids, and the reason of every failure.`,
  commands: "In the terminal",
  commandTitles: {
    status: "All of it on one screen: state, pod, events",
    describe: "Status and events of the object",
    logs: "Log of the pod that simulates the vehicle",
    watch: "Watch the progress",
    verify: "Prove that no position is lost",
    trace: "The way from the request to the first position, with times",
  },
  copy: (title) => `Copy the command: ${title}`,
  copied: "Copied",
  selected: "Selected: copy with Ctrl+C",
};

export const DELIVERY_WORDS: Record<Language, DeliveryWords> = { "pt-BR": portuguese, en: english };
