package dev.codedelivery.connect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * The path and the body of a bulk request.
 *
 * <p>Nearly always all operations have the same target, which is put in the path so that the server
 * need not resolve it for each of them.
 */
final class BulkRequest {
  /** A part of the body: {@code length} bytes from {@code from}. */
  record Piece(byte[] bytes, int from, int length) {}

  private BulkRequest() {}

  /**
   * The path: the target of the first operation, and only aliases that exist. The response is
   * filtered, because it is long, to what is read: whether there were errors and, if {@code
   * detailed}, the outcome of each operation.
   */
  static String path(List<Operation> operations, boolean detailed) {
    return "/"
        + operations.get(0).target().name()
        + "/_bulk?require_alias=true&filter_path=errors"
        + (detailed ? ",items.*.status,items.*.error" : "");
  }

  /**
   * The operations, each with an action line and a document line. Adjacent ones are not copied.
   * Compressed on request.
   */
  static List<Piece> body(List<Operation> operations, boolean compress) {
    List<Piece> pieces = pieces(operations);
    return compress ? List.of(compressed(pieces)) : pieces;
  }

  private static List<Piece> pieces(List<Operation> operations) {
    Target inPath = operations.get(0).target();
    List<Piece> pieces = new ArrayList<>();
    byte[] lines = null;
    int from = 0;
    int to = 0;
    for (Operation operation : operations) {
      boolean other = !operation.target().equals(inPath);
      if (!other && operation.lines() == lines && operation.from() == to) {
        to = operation.to();
        continue;
      }
      if (lines != null) {
        pieces.add(new Piece(lines, from, to - from));
      }
      lines = other ? named(operation) : operation.lines();
      from = other ? 0 : operation.from();
      to = other ? lines.length : operation.to();
    }
    pieces.add(new Piece(lines, from, to - from));
    return pieces;
  }

  /** The lines, with the target named in the action. */
  private static byte[] named(Operation operation) {
    String lines = operation.text();
    int inner = lines.indexOf('{', 1) + 1;
    String index = "\"_index\":\"" + operation.target().name() + "\",";
    return (lines.substring(0, inner) + index + lines.substring(inner))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Piece compressed(List<Piece> pieces) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 * 1024);
    try (OutputStream out = new FastGzip(bytes)) {
      for (Piece piece : pieces) {
        out.write(piece.bytes(), piece.from(), piece.length());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen: only memory is written
    }
    return new Piece(bytes.toByteArray(), 0, bytes.size());
  }

  /** The field names repeat in each document, so the fastest level already saves most. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 8192);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
