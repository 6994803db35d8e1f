package dev.codedelivery.connect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.kafka.common.config.ConfigException;

/** Whom to trust: the certificate authorities in a file. */
final class Trust {
  private Trust() {}

  /**
   * A TLS context that trusts these authorities and no others.
   *
   * @throws ConfigException when the file does not hold any
   */
  static SSLContext context(String file, String type, String password) {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      KeyStore store = KeyStore.getInstance(type.equals("PEM") ? "PKCS12" : type);
      if (type.equals("PEM")) {
        store.load(null, null);
        int number = 0;
        for (Certificate certificate :
            CertificateFactory.getInstance("X.509").generateCertificates(in)) {
          store.setCertificateEntry("ca-" + number++, certificate);
        }
      } else {
        store.load(in, password.toCharArray());
      }
      if (store.size() == 0) {
        throw new ConfigException(
            Options.TRUSTSTORE + ": The file " + file + " holds no certificate.");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new ConfigException(
          Options.TRUSTSTORE
              + ": The file "
              + file
              + " cannot be read as "
              + type
              + " ("
              + e.getMessage()
              + "). Check it, "
              + Options.TRUSTSTORE_TYPE
              + " and "
              + Options.TRUSTSTORE_PASSWORD
              + ".");
    }
  }
}
