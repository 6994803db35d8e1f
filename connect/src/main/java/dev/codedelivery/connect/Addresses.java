package dev.codedelivery.connect;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;

/** The addresses of servers in the options: their form, and whether their hosts exist. */
final class Addresses {
  private Addresses() {}

  /** Whether it has a host, and one of the schemes of HTTP. */
  static boolean isValid(String address) {
    return host(address) != null && address.matches("https?://.*");
  }

  /** The hosts that do not resolve; looks them up in DNS. */
  static Map<String, String> hosts(AbstractConfig config) {
    Map<String, String> problems = new LinkedHashMap<>();
    for (String address : config.getList(Options.URL)) {
      String host = host(address);
      try {
        if (host != null) {
          InetAddress.getByName(host);
        }
      } catch (UnknownHostException e) {
        problems.put(
            Options.URL,
            "The host "
                + host
                + " does not resolve. Check its spelling, and that the server's Service or DNS"
                + " record exists.");
      }
    }
    return problems;
  }

  /** The host of an address; null when it has none. */
  private static String host(String address) {
    try {
      return URI.create(address.strip()).getHost();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Whether what is sent to this address leaves the worker readable. */
  static boolean isUnencrypted(String address) {
    String host = host(address);
    boolean here =
        host != null && (host.equals("localhost") || host.equals("[::1]") || isLoopback(host));
    return address.startsWith("http:") && !here;
  }

  private static boolean isLoopback(String host) {
    return host.matches("127(\\.\\d{1,3}){3}");
  }
}
