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

/** The certificate authorities to trust, from a file. */
final class Truststore {
  private Truststore() {}

  /**
   * A TLS context that trusts only these authorities.
   *
   * @throws ConfigException when the file contains none
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
            Options.TRUSTSTORE + ": The file " + file + " contains no certificate.");
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
