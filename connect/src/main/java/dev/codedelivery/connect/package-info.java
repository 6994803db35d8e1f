/**
 * A Kafka Connect sink that writes records to Elasticsearch or OpenSearch over {@code _bulk}.
 *
 * <p>The way of a record: {@link dev.codedelivery.connect.ElasticsearchSinkTask} gets it from
 * Connect, {@code Translator} makes an {@code Operation} of it (pure), {@code Buffer} holds it, a
 * worker of {@code Sender} writes it in a batch, {@code BulkResponse} says what became of it
 * (pure), and {@code Offsets} says what Connect may commit. {@code Indices} sees to templates,
 * indices and their removal.
 */
package dev.codedelivery.connect;
