/**
 * A Kafka Connect sink that writes records to Elasticsearch or OpenSearch over {@code _bulk}.
 *
 * <p>The path of a record: Connect delivers it to {@link
 * dev.codedelivery.connect.ElasticsearchSinkTask}, {@code Translator} turns it into an {@code
 * Operation} (pure), {@code Buffer} holds it, a worker of {@code Sender} writes it in a batch,
 * {@code BulkResponse} reports the outcome of each operation (pure), {@code DeadLetters} reports
 * the records that can never be written, and {@code Offsets} tracks what Connect may commit. {@code
 * Indices} manages templates, indices and their deletion, {@code Traces} records spans.
 */
package dev.codedelivery.connect;
