package dev.codedelivery.connect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** The path and the body of a bulk request. */
final class BulkRequest {
  /** Only into aliases that exist; and of the answer only what is read, for it is long. */
  static final String PATH =
      "/_bulk?require_alias=true&filter_path=errors,items.*.status,items.*.error";

  private BulkRequest() {}

  /** The operations, an action line and a document line each; compressed if asked for. */
  static byte[] body(List<Operation> operations, boolean compress) {
    int size = operations.stream().mapToInt(Operation::size).sum();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(compress ? size / 4 + 64 : size);
    try (OutputStream out = compress ? new FastGzip(bytes) : bytes) {
      for (Operation operation : operations) {
        out.write(operation.action());
        out.write('\n');
        if (operation.document() != null) {
          out.write(operation.document());
          out.write('\n');
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // never: nothing is written outside memory
    }
    return bytes.toByteArray();
  }

  /** The field names repeat in each document, so the quickest level already saves most. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 8192);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
