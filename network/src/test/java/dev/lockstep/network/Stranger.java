package dev.lockstep.network;

import dev.lockstep.network.wire.Greeting;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Somebody at a bare socket who does as he likes. */
final class Stranger implements AutoCloseable {
  private static final char[] PASSWORD = "in memory only".toCharArray();

  final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  private Stranger(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout((int) PeerCluster.PATIENCE.toMillis());
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  static Stranger at(InetSocketAddress address) throws IOException {
    return new Stranger(new Socket(address.getAddress(), address.getPort()));
  }

  /** Speaks TLS, shows the given certificate, and believes everybody. */
  static Stranger withTls(InetSocketAddress address, TlsIdentity identity)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    store.setKeyEntry("me", identity.key(), PASSWORD, identity.chain().toArray(Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), new TrustManager[] {new TrustAll()}, null);
    return new Stranger(
        context.getSocketFactory().createSocket(address.getAddress(), address.getPort()));
  }

  Stranger send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  Stranger frame(byte[] payload) throws IOException {
    byte[] frame = new byte[4 + payload.length];
    java.nio.ByteBuffer.wrap(frame).putInt(payload.length).put(payload);
    return send(frame);
  }

  Stranger length(int length) throws IOException {
    return send(java.nio.ByteBuffer.allocate(4).putInt(length).array());
  }

  Stranger greet(Greeting greeting) throws IOException {
    return frame(greeting.encode());
  }

  byte[] receive() throws IOException {
    byte[] payload = new byte[in.readInt()];
    in.readFully(payload);
    return payload;
  }

  /** Reads until the other end hangs up. */
  void awaitEnd() throws IOException {
    try {
      byte[] buffer = new byte[1 << 16];
      while (in.read(buffer) >= 0) {
        // whatever it is
      }
    } catch (EOFException | SocketException | SSLException e) {
      // an end as well
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress("127.0.0.1", port);
  }
}
