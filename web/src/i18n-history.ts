// The words of the view that looks back, in Portuguese and in English.

import type { Language } from "./i18n";
import type { Preset } from "./history/range";
import type { Tab } from "./history/address";

export interface HistoryWords {
  label: string;
  tabs: Record<Tab, string>;
  range: {
    label: string;
    presets: Record<Preset, string>;
    own: string;
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
  again: string;
  off: string;
  unavailable: string;
  tooSlow: string;
  busy: string;
  failed: string;
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
    most: (value: string) => string;
    latest: (value: string) => string;
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
    onMap: (title: string) => string;
    nobody: string;
  };
  deliveries: { replay: (title: string) => string; lasted: (time: string) => string };
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
    label: (title: string) => string;
    play: string;
    pause: string;
    speed: string;
    position: string;
    at: (time: string, elapsed: string, total: string) => string;
    close: string;
    loading: string;
    loadingRest: string;
    empty: string;
    cut: string;
    broken: string;
  };
}

const portuguese: HistoryWords = {
  label: "Histórico",
  tabs: { summary: "Resumo", deliveries: "Entregas", near: "Passou aqui" },
  range: {
    label: "Período",
    presets: { "1h": "Última hora", "24h": "24 horas", "7d": "7 dias" },
    own: "Outro…",
    since: "De",
    until: "Até",
    apply: "Aplicar",
    incomplete: "Preencha o início e o fim do período.",
    reversed: "O período termina antes de começar; troque o início e o fim.",
  },
  route: "Corrida",
  allRoutes: "Todas",
  courier: "Entregador",
  allCouriers: "todos",
  refresh: "Atualizar",
  loading: "Buscando…",
  again: "Tentar de novo",
  off: "O histórico está desligado, pois esta instalação não tem um Elasticsearch onde procurar. Quem a administra o liga com o valor elasticsearch.url do chart; o mapa ao vivo não depende dele.",
  unavailable:
    "O Elasticsearch não responde no momento. Nada se perde: as posições esperam no Kafka e chegam ao índice quando ele voltar. Tente de novo daqui a pouco.",
  tooSlow: "São dados demais para responder a tempo. Escolha um período menor ou aproxime o mapa.",
  busy: "Muita gente está procurando ao mesmo tempo. Tente de novo em alguns segundos.",
  failed: "O gateway não respondeu ao pedido. Verifique a conexão e tente de novo.",
  empty: "Nenhuma entrega neste período. Escolha um período maior ou tire os filtros.",
  more: "Mais antigas",
  asTable: "Ver como tabela",
  unknown: "sem estado",
  summary: {
    deliveries: "Entregas",
    viewers: "Espectadores",
    viewersNote: "Páginas e clientes diferentes que pediram entregas",
    examined: (count) => `Duração, pontualidade e fins são das ${count} entregas mais novas.`,
    duration: "Duração",
    speed: "Velocidade",
    speedNote: "De todas as posições, paradas incluídas",
    punctuality: "Pontualidade",
    onTime: "na hora",
    late: (time) => `${time} de atraso`,
    early: (time) => `${time} antes`,
    most: (value) => `95 % até ${value}`,
    latest: (value) => `no máximo ${value}`,
    delay: "Atraso dos registros",
    delayNote: "Da hora de cada posição até o Kafka recebê-la",
    repeated: (count) => `${count} repetidos`,
    phases: "Como terminaram",
    overTime: "Entregas ao longo do tempo",
    durationOfEach: "Duração de cada entrega",
    speedOfEach: "Velocidade média de cada entrega",
    delayOfEach: "Atraso de cada entrega",
    newest: (count) => `Entrega por entrega: as ${count} mais novas.`,
    perRoute: "Por corrida",
    perCourier: "Por entregador",
    time: "Quando",
    route: "Corrida",
    share: "Parte",
    positions: "Posições",
    onMap: (title) => `${title}: mostrar a camada no mapa`,
    nobody: "sem nome",
  },
  deliveries: {
    replay: (title) => `Ver ${title} de novo no mapa`,
    lasted: (time) => `durou ${time}`,
  },
  near: {
    hint: "Clique em um lugar do mapa, ou dê as coordenadas, para saber quem passou ali e quando.",
    longitude: "Longitude",
    latitude: "Latitude",
    radius: "Raio",
    submit: "Procurar",
    invalid:
      "Isto não é um lugar: a longitude vai de −180 a 180 e a latitude de −90 a 90, como −47,93 e −15,83.",
    empty: (radius) =>
      `Ninguém passou a ${radius} daqui neste período. Aumente o raio, escolha um período maior ou tire os filtros.`,
    found: (count, radius) =>
      count === 1 ? `Uma entrega passou a ${radius} daqui:` : `${count} entregas passaram a ${radius} daqui:`,
    truncated: "Há mais; escolha um raio ou um período menor para vê-las.",
    nearest: (distance) => `a ${distance}`,
    clear: "Limpar",
  },
  map: {
    label: "Mapa do histórico",
    layer: "Camada",
    heat: "Calor",
    routes: "Corridas",
    none: "Nada",
    hint: "Clique no mapa: quem passou ali?",
    shown: (positions) => `${positions} posições nesta vista`,
    failed: "As posições desta vista não puderam ser lidas.",
    fit: "Enquadrar tudo",
  },
  replay: {
    label: (title) => `Replay de ${title}`,
    play: "Reproduzir",
    pause: "Pausar",
    speed: "Velocidade do replay",
    position: "Momento",
    at: (time, elapsed, total) => `${time}, ${elapsed} de ${total}`,
    close: "Fechar o replay",
    loading: "Buscando as posições…",
    loadingRest: "buscando o resto…",
    empty:
      "O índice não tem posições desta entrega: ou ela nunca andou, ou elas são mais antigas que o prazo de retenção, ou ainda não chegaram. Escolha outra, ou tente de novo daqui a pouco.",
    cut: "A entrega é mais longa do que a página consegue mostrar; o fim ficou de fora.",
    broken: "O resto da entrega não pôde ser lido.",
  },
};

const english: HistoryWords = {
  label: "History",
  tabs: { summary: "Summary", deliveries: "Deliveries", near: "Passed here" },
  range: {
    label: "Time range",
    presets: { "1h": "Last hour", "24h": "24 hours", "7d": "7 days" },
    own: "Other…",
    since: "From",
    until: "To",
    apply: "Apply",
    incomplete: "Fill in the beginning and the end of the range.",
    reversed: "The range ends before it begins; swap beginning and end.",
  },
  route: "Route",
  allRoutes: "All",
  courier: "Courier",
  allCouriers: "all",
  refresh: "Refresh",
  loading: "Looking…",
  again: "Try again",
  off: "The history is off, as this installation has no Elasticsearch to look in. Whoever runs it turns it on with the chart's value elasticsearch.url; the live map does not depend on it.",
  unavailable:
    "Elasticsearch does not answer just now. Nothing is lost: positions wait in Kafka and reach the index when it is back. Try again in a moment.",
  tooSlow: "That is too much to be looked at in time. Choose a shorter time range, or bring the map nearer.",
  busy: "Too many people are looking at once. Try again in a few seconds.",
  failed: "The gateway did not answer the request. Check the connection and try again.",
  empty: "No delivery in this time range. Choose a longer one, or remove the filters.",
  more: "Earlier ones",
  asTable: "As a table",
  unknown: "no state",
  summary: {
    deliveries: "Deliveries",
    viewers: "Viewers",
    viewersNote: "Different pages and clients that asked for deliveries",
    examined: (count) => `Durations, punctuality and ends are of the newest ${count} deliveries.`,
    duration: "Duration",
    speed: "Speed",
    speedNote: "Of all positions, standing ones included",
    punctuality: "Punctuality",
    onTime: "on time",
    late: (time) => `${time} late`,
    early: (time) => `${time} early`,
    most: (value) => `95% up to ${value}`,
    latest: (value) => `at most ${value}`,
    delay: "Delay of records",
    delayNote: "From the time of each position until Kafka got it",
    repeated: (count) => `${count} repeated`,
    phases: "How they ended",
    overTime: "Deliveries over time",
    durationOfEach: "Duration of each delivery",
    speedOfEach: "Average speed of each delivery",
    delayOfEach: "Delay of each delivery",
    newest: (count) => `Delivery by delivery: the newest ${count}.`,
    perRoute: "By route",
    perCourier: "By courier",
    time: "When",
    route: "Route",
    share: "Share",
    positions: "Positions",
    onMap: (title) => `${title}: show its layer on the map`,
    nobody: "no name",
  },
  deliveries: {
    replay: (title) => `Replay ${title} on the map`,
    lasted: (time) => `took ${time}`,
  },
  near: {
    hint: "Click a place on the map, or give its coordinates, to see who passed there and when.",
    longitude: "Longitude",
    latitude: "Latitude",
    radius: "Radius",
    submit: "Search",
    invalid:
      "That is no place: longitude goes from −180 to 180 and latitude from −90 to 90, as −47.93 and −15.83.",
    empty: (radius) =>
      `Nobody passed within ${radius} of here in this time range. Choose a larger radius or a longer range, or remove the filters.`,
    found: (count, radius) =>
      count === 1 ? `One delivery passed within ${radius}:` : `${count} deliveries passed within ${radius}:`,
    truncated: "There are more; choose a smaller radius or a shorter range to see them.",
    nearest: (distance) => `${distance} away`,
    clear: "Clear",
  },
  map: {
    label: "Map of the history",
    layer: "Layer",
    heat: "Heat",
    routes: "Routes",
    none: "Nothing",
    hint: "Click the map: who passed there?",
    shown: (positions) => `${positions} positions in this view`,
    failed: "The positions of this view could not be read.",
    fit: "Show everything",
  },
  replay: {
    label: (title) => `Replay of ${title}`,
    play: "Play",
    pause: "Pause",
    speed: "Speed of the replay",
    position: "Moment",
    at: (time, elapsed, total) => `${time}, ${elapsed} of ${total}`,
    close: "Close the replay",
    loading: "Looking for the positions…",
    loadingRest: "looking for the rest…",
    empty:
      "The index has no positions of this delivery: it never moved, or they are older than the retention, or they have not arrived yet. Choose another one, or try again in a moment.",
    cut: "The delivery is longer than the page can show; its end is left out.",
    broken: "The rest of the delivery could not be read.",
  },
};

export const HISTORY_WORDS: Record<Language, HistoryWords> = { "pt-BR": portuguese, en: english };
