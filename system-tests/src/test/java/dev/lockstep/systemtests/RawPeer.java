package dev.lockstep.systemtests;

import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** One TLS connection to one port of a replica, on which anything can be said. Blocks. */
final class RawPeer implements Closeable {
  private static final int TIMEOUT_MILLIS = 10_000;

  /** Below TLS, whose own close() would wait for who is stuck in writing. */
  private final Socket socket;

  final DataOutputStream out;
  final DataInputStream in;

  RawPeer(int port, SSLContext tls) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    SSLSocket secured =
        (SSLSocket) tls.getSocketFactory().createSocket(socket, "replica", port, true);
    secured.startHandshake();
    out = new DataOutputStream(new BufferedOutputStream(secured.getOutputStream(), 1 << 16));
    in = new DataInputStream(secured.getInputStream());
  }

  static SSLContext tls(ClientCredentials client) {
    return tls(client.key(), client.certificate());
  }

  /** TLS with this identity, which takes any server for who it is. */
  static SSLContext tls(PrivateKey key, X509Certificate certificate) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("own", key, new char[0], new Certificate[] {certificate});
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), new TrustManager[] {new TrustsAll()}, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class TrustsAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** A client that has said who it is and was let in. */
  static RawPeer client(int port, GroupId group, ClientCredentials credentials) throws IOException {
    RawPeer peer = new RawPeer(port, tls(credentials));
    peer.frame(new Greeting.ClientHello(group, 0, credentials.id()).encode());
    peer.out.flush();
    peer.read();
    return peer;
  }

  void frame(byte[] payload) throws IOException {
    out.writeInt(payload.length);
    out.write(payload);
  }

  void send(Request request) throws IOException {
    frame(Codec.encode(new Message.ClientRequest(request, 0)));
  }

  /** The next frame that is no keep-alive. */
  byte[] read() throws IOException {
    int length = in.readInt();
    while (length == 0) {
      length = in.readInt();
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    return payload;
  }

  /** An OPEN of this identity. */
  static Request open(ClientCredentials client, long nonce) {
    long deadline = System.currentTimeMillis() * 1000 + 30_000_000;
    return new Request(
        Request.Kind.OPEN,
        client.id(),
        0,
        0,
        new OpenSession(nonce, deadline, 0).encode(),
        Bytes.EMPTY);
  }

  static Request ordered(ClientCredentials client, long session, long sequence, byte[] operation) {
    return new Request(
        Request.Kind.ORDERED, client.id(), session, sequence, new Bytes(operation), Bytes.EMPTY);
  }

  static Request unordered(ClientCredentials client, long sequence, byte[] operation) {
    return new Request(
        Request.Kind.UNORDERED, client.id(), 0, sequence, new Bytes(operation), Bytes.EMPTY);
  }

  /** Waits for the answer to an OPEN. */
  long readOpened() throws IOException {
    while (true) {
      try {
        if (Codec.decode(read(), CodecLimits.DEFAULTS) instanceof Message.Reply reply
            && reply.outcome() == Message.Outcome.OPENED
            && reply.result() != null) {
          return OpenedResult.decodeOrNull(reply.result()).session();
        }
      } catch (DecodeException e) {
        throw new IOException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
