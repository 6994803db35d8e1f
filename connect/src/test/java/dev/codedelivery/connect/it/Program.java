package dev.codedelivery.connect.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A server in its own process, with its log in a file; killed when the tests end. */
abstract class Program {
  /** The user of servers that refuse to run as root. */
  private static final String NOBODY = "65532";

  final Path folder;
  private Process process;

  Program(String name) {
    try {
      folder = Files.createTempDirectory("code-delivery-" + name + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(this::end));
  }

  /** The folder with the server programs, created by test.sh. */
  static Path servers() {
    return Path.of(System.getProperty("servers", ""));
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Runs a command until it exits. */
  void run(List<String> command) throws IOException, InterruptedException {
    Process once = builder(command, Map.of()).start();
    if (!once.waitFor(180, TimeUnit.SECONDS) || once.exitValue() != 0) {
      once.destroyForcibly();
      throw new IOException("Command failed: " + command + "\n" + log());
    }
  }

  void start(List<String> command, Map<String, String> environment) throws IOException {
    process = builder(command, environment).start();
  }

  private ProcessBuilder builder(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
    builder.environment().putAll(environment);
    return builder;
  }

  /**
   * Runs the command as an unprivileged user if this one is root; that user then owns the folder.
   */
  List<String> unprivileged(List<String> command) throws IOException, InterruptedException {
    if (!System.getProperty("user.name").equals("root")) {
      return command;
    }
    run(List.of("chown", "-R", NOBODY + ":" + NOBODY, folder.toString()));
    List<String> whole =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    whole.addAll(command);
    return whole;
  }

  /** Waits until the server is ready. */
  void await(BooleanSupplier ready) {
    Await.until(
        () -> "The server in " + folder + " is not ready:\n" + log(),
        240,
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("The server in " + folder + " exited:\n" + log());
          }
          return ready.getAsBoolean();
        });
  }

  String log() {
    try {
      String all = Files.readString(folder.resolve("log"));
      return all.substring(Math.max(0, all.length() - 6_000));
    } catch (IOException e) {
      return "no log: " + e;
    }
  }

  /** Like kill -9. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** The CPU time used so far, in seconds. */
  double cpuSeconds() {
    return process.info().totalCpuDuration().map(d -> d.toMillis() / 1e3).orElse(0.0);
  }

  /** The resident set size. */
  long residentMebibytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return -1;
  }

  private void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
