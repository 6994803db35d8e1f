package dev.codedelivery.connect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * The path and the body of a bulk request.
 *
 * <p>Nearly always all operations have one target, which stands in the path: the server need not
 * find it out for each of them anew.
 */
final class BulkRequest {
  private BulkRequest() {}

  /**
   * Where it is sent: to the target of the first operation. Only into aliases that exist; and of
   * the answer only what is read, for it is long: whether there were errors, and {@code detailed}
   * the outcome of each operation.
   */
  static String path(List<Operation> operations, boolean detailed) {
    return "/"
        + operations.get(0).target().name()
        + "/_bulk?require_alias=true&filter_path=errors"
        + (detailed ? ",items.*.status,items.*.error" : "");
  }

  /** The operations, an action line and a document line each; compressed if asked for. */
  static byte[] body(List<Operation> operations, boolean compress) {
    Target most = operations.get(0).target();
    int size = operations.stream().mapToInt(Operation::size).sum();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(compress ? size / 4 + 64 : size);
    try (OutputStream out = compress ? new FastGzip(bytes) : bytes) {
      for (Operation operation : operations) {
        if (operation.target().equals(most)) {
          out.write(operation.action());
        } else {
          out.write(named(operation));
        }
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

  /** The action, with its target in it. */
  private static byte[] named(Operation operation) {
    String action = new String(operation.action(), StandardCharsets.UTF_8);
    int inner = action.indexOf('{', 1) + 1;
    String index = "\"_index\":\"" + operation.target().name() + "\",";
    return (action.substring(0, inner) + index + action.substring(inner))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** The field names repeat in each document, so the quickest level already saves most. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 8192);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
