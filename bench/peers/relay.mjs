// The original stack's relay: kafkajs reads `route.new-position`, socket.io tells the browsers.
//
// The steps per record are the original's: the text is parsed, `clientId` is taken away, `[lng, lat]` becomes `[lat, lng]`, and the
// event `new-position` is emitted. The original told the one browser that had asked; here everybody is told, by one broadcast, for
// which socket.io encodes the packet once. With BATCH=1 all records that a fetch brought of a partition go out as one event.
import { createServer } from "node:http";
import { Kafka, logLevel } from "kafkajs";
import { Server } from "socket.io";

const { KAFKA, TOPIC, PORT, BATCH } = process.env;

const http = createServer();
const browsers = new Server(http, { transports: ["websocket"] });
const kafka = new Kafka({ clientId: "relay", brokers: [KAFKA], logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: "relay-server" });

const read = ({ value }) => {
  const { clientId, ...message } = JSON.parse(value.toString());
  return { ...message, position: [message.position[1], message.position[0]] };
};

await consumer.connect();
await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
await consumer.run(
  BATCH
    ? { eachBatch: async ({ batch }) => void browsers.emit("new-positions", batch.messages.map(read)) }
    : { eachMessage: async ({ message }) => void browsers.emit("new-position", read(message)) },
);
await joined;
http.listen(Number(PORT), "127.0.0.1");
