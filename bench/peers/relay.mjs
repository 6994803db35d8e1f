// The original stack's relay: kafkajs reads `route.new-position`, socket.io sends to the browsers.
//
// The steps per record are the original's: parse the text, remove `clientId`, turn `[lng, lat]` into `[lat, lng]`, and emit the
// event `new-position`. The original sent it to the one browser that had requested the delivery; here one broadcast goes to all of them,
// for which socket.io encodes the packet once. With BATCH=1 all records of a partition in one fetch are emitted as one event.
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
