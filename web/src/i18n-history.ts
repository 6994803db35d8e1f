// The texts of the history view, in Portuguese and in English.

import type { Language } from "./i18n";
import type { Preset } from "./history/range";
import type { Tab } from "./history/address";

export interface HistoryWords {
  label: string;
  tabs: Record<Tab, string>;
  range: {
    label: string;
    presets: Record<Preset, string>;
    custom: string;
    since: string;
    until: string;
    apply: string;
    incomplete: string;
    reversed: string;
  };
  route: string;
  allRoutes: string;
  courier: string;
  allCouriers: string;
  refresh: string;
  loading: string;
  retry: string;
  off: string;
  unavailable: string;
  tooSlow: string;
  busy: string;
  failed: string;
  refused: (reason: string) => string;
  empty: string;
  more: string;
  asTable: string;
  unknown: string;
  summary: {
    deliveries: string;
    viewers: string;
    viewersNote: string;
    examined: (count: string) => string;
    duration: string;
    speed: string;
    speedNote: string;
    punctuality: string;
    onTime: string;
    late: (time: string) => string;
    early: (time: string) => string;
    p95: (value: string) => string;
    max: (value: string) => string;
    delay: string;
    delayNote: string;
    repeated: (count: string) => string;
    phases: string;
    overTime: string;
    durationOfEach: string;
    speedOfEach: string;
    delayOfEach: string;
    newest: (count: string) => string;
    perRoute: string;
    perCourier: string;
    time: string;
    route: string;
    share: string;
    positions: string;
    /** Points that are too far above the others for their scale. */
    above: (count: number, highest: string) => string;
    onMap: (title: string) => string;
    unnamed: string;
  };
  deliveries: { replay: (delivery: string) => string; lasted: (time: string) => string };
  near: {
    hint: string;
    longitude: string;
    latitude: string;
    radius: string;
    submit: string;
    invalid: string;
    empty: (radius: string) => string;
    found: (count: number, radius: string) => string;
    truncated: string;
    nearest: (distance: string) => string;
    clear: string;
  };
  map: {
    label: string;
    layer: string;
    heat: string;
    routes: string;
    none: string;
    hint: string;
    shown: (positions: string) => string;
    failed: string;
    fit: string;
  };
  replay: {
    label: (delivery: string) => string;
    play: string;
    pause: string;
    speed: string;
    position: string;
    at: (time: string, elapsed: string, total: string) => string;
    close: string;
    loading: string;
    loadingRest: string;
    empty: string;
    truncated: string;
    incomplete: string;
  };
}

const portuguese: HistoryWords = {
  label: "Histórico",
  tabs: { summary: "Resumo", deliveries: "Entregas", near: "Quem passou" },
  range: {
    label: "Período",
    presets: { auto: "Recente", "1h": "Última hora", "24h": "24 horas", "7d": "7 dias" },
    custom: "Outro…",
    since: "De",
    until: "Até",
    apply: "Aplicar",
    incomplete: "Preencha o início e o fim do período.",
    reversed: "O fim do período é anterior ao início; troque as duas datas.",
  },
  route: "Rota",
  allRoutes: "Todas",
  courier: "Entregador",
  allCouriers: "todos",
  refresh: "Atualizar",
  loading: "Carregando…",
  retry: "Tentar de novo",
  off: "O histórico está desativado: esta instalação não tem um Elasticsearch. O administrador pode ativá-lo com o valor elasticsearch.url do chart; o mapa ao vivo não depende dele.",
  unavailable:
    "O Elasticsearch não responde no momento. Nada se perde: as posições aguardam no Kafka e chegarão ao índice quando ele voltar. Tente de novo em instantes.",
  tooSlow: "Há dados demais para responder a tempo. Escolha um período menor ou aproxime o mapa.",
  busy: "Há consultas demais no momento. Tente de novo em alguns segundos.",
  failed: "O gateway não respondeu ao pedido. A página tenta de novo por si mesma.",
  refused: (reason) =>
    reason === "UnknownDelivery"
      ? "Não existe uma entrega com este identificador, ou ela já foi apagada."
      : `O gateway recusou a consulta (${reason}). Escolha outro período ou outros filtros.`,
  empty: "Nenhuma entrega neste período. Escolha um período maior ou remova os filtros.",
  more: "Mostrar mais antigas",
  asTable: "Ver como tabela",
  unknown: "desconhecido",
  summary: {
    deliveries: "Entregas",
    viewers: "Solicitantes",
    viewersNote: "Endereços distintos que pediram entregas",
    examined: (count) => `Duração, atraso e desfechos consideram as ${count} entregas mais recentes.`,
    duration: "Duração",
    speed: "Velocidade",
    speedNote: "De todas as posições, incluindo paradas",
    punctuality: "Atraso",
    onTime: "no horário",
    late: (time) => `${time} de atraso`,
    early: (time) => `${time} antes do previsto`,
    p95: (value) => `95% até ${value}`,
    max: (value) => `no máximo ${value}`,
    delay: "Latência até o Kafka",
    delayNote: "Do horário de cada posição até sua chegada ao Kafka",
    repeated: (count) => `${count} repetidos`,
    phases: "Como terminaram",
    overTime: "Entregas ao longo do tempo",
    durationOfEach: "Duração de cada entrega",
    speedOfEach: "Velocidade média de cada entrega",
    delayOfEach: "Atraso de cada entrega",
    newest: (count) => `Os gráficos mostram as ${count} entregas mais recentes.`,
    perRoute: "Por rota",
    perCourier: "Por entregador",
    time: "Horário",
    route: "Rota",
    share: "Parcela",
    positions: "Posições",
    above: (count, highest) => `${count} acima da escala; a maior: ${highest}.`,
    onMap: (title) => `${title}: mostrar a camada no mapa`,
    unnamed: "não informado",
  },
  deliveries: {
    replay: (delivery) => `Reproduzir ${delivery} no mapa`,
    lasted: (time) => `durou ${time}`,
  },
  near: {
    hint: "Clique em um lugar do mapa ou informe as coordenadas para ver quem passou ali e quando.",
    longitude: "Longitude",
    latitude: "Latitude",
    radius: "Raio",
    submit: "Procurar",
    invalid:
      "Coordenadas inválidas: a longitude vai de −180 a 180 e a latitude de −90 a 90, por exemplo −47,93 e −15,83.",
    empty: (radius) =>
      `Nenhuma entrega passou a menos de ${radius} daqui neste período. Aumente o raio, escolha um período maior ou remova os filtros.`,
    found: (count, radius) =>
      count === 1
        ? `Uma entrega passou a menos de ${radius} daqui:`
        : `${count} entregas passaram a menos de ${radius} daqui:`,
    truncated: "Há mais entregas; escolha um raio ou um período menor para vê-las.",
    nearest: (distance) => `a ${distance}`,
    clear: "Limpar",
  },
  map: {
    label: "Mapa do histórico",
    layer: "Camada",
    heat: "Calor",
    routes: "Rotas",
    none: "Nenhuma",
    hint: "Clique no mapa para ver quem passou ali.",
    shown: (positions) => `${positions} posições nesta área`,
    failed: "Não foi possível carregar as posições desta área. Mova o mapa ou clique em Atualizar.",
    fit: "Mostrar tudo",
  },
  replay: {
    label: (delivery) => `Reprodução de ${delivery}`,
    play: "Reproduzir",
    pause: "Pausar",
    speed: "Velocidade da reprodução",
    position: "Momento",
    at: (time, elapsed, total) => `${time}, ${elapsed} de ${total}`,
    close: "Fechar reprodução",
    loading: "Carregando as posições…",
    loadingRest: "Carregando o resto…",
    empty:
      "O índice não tem posições desta entrega: ela nunca saiu do lugar, o prazo de retenção já passou ou as posições ainda não chegaram. Escolha outra entrega ou tente de novo em instantes.",
    truncated: "A entrega é longa demais para a página; o final foi omitido.",
    incomplete: "Não foi possível carregar o resto da entrega. Feche a reprodução e abra-a de novo.",
  },
};

const english: HistoryWords = {
  label: "History",
  tabs: { summary: "Summary", deliveries: "Deliveries", near: "Who passed" },
  range: {
    label: "Time range",
    presets: { auto: "Recent", "1h": "Last hour", "24h": "24 hours", "7d": "7 days" },
    custom: "Custom…",
    since: "From",
    until: "To",
    apply: "Apply",
    incomplete: "Enter the start and the end of the range.",
    reversed: "The range ends before it starts; swap the two dates.",
  },
  route: "Route",
  allRoutes: "All",
  courier: "Courier",
  allCouriers: "all",
  refresh: "Refresh",
  loading: "Loading…",
  retry: "Try again",
  off: "The history is off: this installation has no Elasticsearch. An administrator can turn it on with the chart value elasticsearch.url; the live map works without it.",
  unavailable:
    "Elasticsearch is not responding right now. Nothing is lost: positions wait in Kafka and reach the index once it is back. Try again shortly.",
  tooSlow: "There is too much data to answer in time. Choose a shorter time range or zoom in on the map.",
  busy: "Too many queries are running right now. Try again in a few seconds.",
  failed: "The gateway did not answer the request. The page tries again by itself.",
  refused: (reason) =>
    reason === "UnknownDelivery"
      ? "There is no delivery with this id, or it has been deleted."
      : `The gateway refused the query (${reason}). Choose another time range or other filters.`,
  empty: "No deliveries in this time range. Choose a longer one or remove the filters.",
  more: "Show older",
  asTable: "Show as table",
  unknown: "unknown",
  summary: {
    deliveries: "Deliveries",
    viewers: "Requesters",
    viewersNote: "Distinct addresses that requested deliveries",
    examined: (count) => `Duration, lateness and outcomes cover the ${count} most recent deliveries.`,
    duration: "Duration",
    speed: "Speed",
    speedNote: "Over all positions, including stops",
    punctuality: "Lateness",
    onTime: "on time",
    late: (time) => `${time} late`,
    early: (time) => `${time} early`,
    p95: (value) => `95% up to ${value}`,
    max: (value) => `at most ${value}`,
    delay: "Kafka latency",
    delayNote: "From the time of each position to its arrival in Kafka",
    repeated: (count) => `${count} repeated`,
    phases: "How they ended",
    overTime: "Deliveries over time",
    durationOfEach: "Duration of each delivery",
    speedOfEach: "Average speed of each delivery",
    delayOfEach: "Lateness of each delivery",
    newest: (count) => `The charts show the ${count} most recent deliveries.`,
    perRoute: "By route",
    perCourier: "By courier",
    time: "Time",
    route: "Route",
    share: "Share",
    positions: "Positions",
    above: (count, highest) => `${count} above the scale; the highest: ${highest}.`,
    onMap: (title) => `${title}: show the layer on the map`,
    unnamed: "not given",
  },
  deliveries: {
    replay: (delivery) => `Replay ${delivery}`,
    lasted: (time) => `took ${time}`,
  },
  near: {
    hint: "Click a place on the map or enter its coordinates to see who passed there and when.",
    longitude: "Longitude",
    latitude: "Latitude",
    radius: "Radius",
    submit: "Search",
    invalid:
      "Invalid coordinates: longitude ranges from −180 to 180 and latitude from −90 to 90, for example −47.93 and −15.83.",
    empty: (radius) =>
      `No delivery passed within ${radius} of here in this time range. Choose a larger radius or a longer range, or remove the filters.`,
    found: (count, radius) =>
      count === 1 ? `One delivery passed within ${radius}:` : `${count} deliveries passed within ${radius}:`,
    truncated: "There are more deliveries; choose a smaller radius or a shorter range to see them.",
    nearest: (distance) => `${distance} away`,
    clear: "Clear",
  },
  map: {
    label: "History map",
    layer: "Layer",
    heat: "Heat",
    routes: "Routes",
    none: "None",
    hint: "Click the map to see who passed there.",
    shown: (positions) => `${positions} positions in this view`,
    failed: "The positions in this view could not be loaded. Move the map or click Refresh.",
    fit: "Show everything",
  },
  replay: {
    label: (delivery) => `Replay of ${delivery}`,
    play: "Play",
    pause: "Pause",
    speed: "Replay speed",
    position: "Time",
    at: (time, elapsed, total) => `${time}, ${elapsed} of ${total}`,
    close: "Close replay",
    loading: "Loading positions…",
    loadingRest: "Loading the rest…",
    empty:
      "The index has no positions for this delivery: it never moved, its positions are past the retention period, or they have not arrived yet. Choose another delivery, or try again shortly.",
    truncated: "The delivery is longer than the page can show; its end is left out.",
    incomplete: "The rest of the delivery could not be loaded. Close the replay and open it again.",
  },
};

export const HISTORY_WORDS: Record<Language, HistoryWords> = { "pt-BR": portuguese, en: english };
